"""How two things that a claim equates are compared, and what came of it."""
