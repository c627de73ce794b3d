"""Normal forms of expressions in the score: products of powers of w = exp(v) and of sums in w."""
