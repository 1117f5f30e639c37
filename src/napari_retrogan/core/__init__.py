"""The product without a window: no Qt, no napari."""
