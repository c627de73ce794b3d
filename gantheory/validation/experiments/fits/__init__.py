"""Discriminators of known objectives, trained to their optimum between two known distributions."""
