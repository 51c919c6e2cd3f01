"""One file a command: up, down, doctor."""
