"""Rows and their constant SQL: one module a noun. A row is a NamedTuple in the order of its columns."""
