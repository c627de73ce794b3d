"""Convexity of the (alpha_D, alpha_G) divergences over the plane of alphas, as theorems."""
