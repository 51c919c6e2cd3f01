"""What the home node has of regions."""
