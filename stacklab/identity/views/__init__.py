"""Rows to wire bodies, in Keystone's shapes."""
