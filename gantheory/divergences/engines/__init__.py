"""Sums of q f(p/q) by where P and Q live: `discrete/`, the `line/`, the `plane/`; or over `levels/`."""
