"""Normal form to program: elementwise operations of which none cancels."""
