"""Settings of runs, checked before any work starts: what all have in common, the ring's, any GAN's."""
