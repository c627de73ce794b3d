"""Penalties on the slope of the score in its points; there must be no batch norm (`Remedy.rows_apart`)."""
