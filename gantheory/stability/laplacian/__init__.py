"""Eigenvalues lambda of L = -div(p grad .)/p: on the line, in the plane and of samples."""
