"""What DESIGN.md promises, measured: `make bench`. Ratios count; absolute times are those of this machine and hour."""
