"""Divergences from samples, and by Monte Carlo."""
