"""One file a command: up, down, region, demo, doctor."""
