"""Pictures on their way to the networks: array-likes, intensities, patches."""
