"""The napari side: layers, jobs, widgets, commands; no algorithm."""
