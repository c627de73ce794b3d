"""What is trained or moved to test a prediction, one file an experiment."""
