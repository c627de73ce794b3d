"""What may stand for P and Q."""
