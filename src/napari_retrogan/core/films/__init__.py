"""Films: their frames read upright in RGB, opened as lazy stacks, and written with their sound."""
