"""The generating function f, or h, in the forms in which it comes."""
