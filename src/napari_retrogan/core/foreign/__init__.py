"""What comes in files from anywhere, read within bounds: the parts of a zip, plain values, words to show."""
