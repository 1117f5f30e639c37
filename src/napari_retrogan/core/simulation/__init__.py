"""Films, prints and photo filters by formula: samples, tests and the training of the look prior."""
