"""One file a paper; each claim is a module attribute, which the registry collects."""
