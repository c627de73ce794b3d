"""What a step reads: data, noise and what remedies draw, for every seed its own."""
