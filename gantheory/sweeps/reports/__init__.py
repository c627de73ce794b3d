"""A run store as tables: any sweep, the ring beside what was published."""
