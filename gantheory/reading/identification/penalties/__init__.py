"""Penalties in code: `identify_penalty` leads, `asking` calls one, `of_gradients` and `of_codes` read it."""
