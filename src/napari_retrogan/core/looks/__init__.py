"""What is known of looks before any training: broad colour statistics and simulated films."""
