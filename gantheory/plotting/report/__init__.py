"""Pictures of a validation report."""
