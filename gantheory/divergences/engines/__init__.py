"""One way of summing q f(p/q) a file: pmfs, quadrature on the line and in the plane, hockey sticks."""
