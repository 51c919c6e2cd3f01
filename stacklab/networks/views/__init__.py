"""Rows to wire bodies; each view takes a list of rows and asks the database a constant number of questions."""
