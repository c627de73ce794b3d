"""Pictures of infinitely wide discriminators and the samples that follow them."""
