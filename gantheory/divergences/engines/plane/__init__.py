"""Divergences of laws of the plane and of density callables on it."""
