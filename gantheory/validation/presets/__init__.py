"""Which experiments a report runs, with which tolerances: built in, or for a user's objective."""
