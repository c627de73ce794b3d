"""Many members trained at once: `lifted` any networks, `flat` known layers, `ensemble` perceptrons."""
