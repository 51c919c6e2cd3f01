"""StackLab: a free community cloud in one program. DESIGN: one process, one embedded database, one command."""

__version__ = "0.1.0"
