"""The dock widgets: they show state and start jobs."""
