"""Divergences of densities on the line: `quadrature` in floats, `quadrature_mp` in any number of digits."""
