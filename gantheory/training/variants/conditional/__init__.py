"""Networks that are told something: a label, a code, a coarse picture."""
