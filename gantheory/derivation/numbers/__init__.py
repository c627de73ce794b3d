"""A theory as numbers: scores and saturation on arrays, generating functions, divergences."""
