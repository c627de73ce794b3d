"""Pictures of the theory alone: regions, divergences, clamps."""
