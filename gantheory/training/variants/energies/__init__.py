"""Discriminators that say how likely a point is, by an autoencoder's error or by a mixture of codes."""
