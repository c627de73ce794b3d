"""Questions about an induced divergence, answered with a proof: convex, uniquely minimized, equal."""
