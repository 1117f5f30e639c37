"""Results straight to disk: read, styled and written in parts, resumed where they were left."""
