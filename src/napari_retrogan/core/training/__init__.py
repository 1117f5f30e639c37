"""A training as its caller sees it, without Keras."""
