"""A pair's level sets of log(p/q), over which every f-divergence is one integral."""
