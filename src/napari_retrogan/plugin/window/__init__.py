"""What napari's window asks of long work: jobs, docks, notices and preview layers."""
