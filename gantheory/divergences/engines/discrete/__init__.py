"""Sums over the atoms of discrete laws."""
