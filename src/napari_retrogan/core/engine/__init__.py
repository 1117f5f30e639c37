"""The training process: Keras runs there, never in a process that shows a window."""
