"""What a generator is made of, and the ``.retrogan`` file that holds it."""
