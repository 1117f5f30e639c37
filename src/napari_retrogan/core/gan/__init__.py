"""The networks and their training: the only place that imports Keras at module level."""
