"""A theory as text, LaTeX, HTML and JSON."""
