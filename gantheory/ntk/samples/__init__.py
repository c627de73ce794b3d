"""Samples that follow an infinitely wide discriminator: freely, or as those of a generator network."""
