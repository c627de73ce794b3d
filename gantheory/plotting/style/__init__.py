"""One visual language for all pictures: style, names, labels beside curves, what a file says of itself."""
