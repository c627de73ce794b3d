"""Neural tangent kernels and the dynamics of a discriminator under them."""
