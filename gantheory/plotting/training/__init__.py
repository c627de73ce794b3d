"""Pictures of trained networks: curves, discriminators, rates, samples."""
