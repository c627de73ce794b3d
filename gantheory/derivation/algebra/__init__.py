"""Sums and products of powers: what sympy simplifies too slowly, zeros that are proved, limits."""
