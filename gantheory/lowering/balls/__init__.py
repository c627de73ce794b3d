"""Enclosures of expressions in ball arithmetic."""
