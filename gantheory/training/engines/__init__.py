"""Many members trained at once: `lifted` any, `by_hand` those of known layers, `ensemble` perceptrons."""
