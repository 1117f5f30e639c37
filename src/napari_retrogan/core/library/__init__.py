"""The looks that a person keeps: every finished training and every file that they added, in a folder of their own."""
