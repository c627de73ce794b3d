"""A prediction beside its measurement: the rule of the verdict, intervals, what an experiment yields."""
