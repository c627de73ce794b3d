"""What the optimal score induces: the equilibrium and the flow divergence in closed form, and saturation."""
