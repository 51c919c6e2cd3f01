"""Keystone v3: who people are (domains, users, groups), what they work in (projects), what they may do (roles), where
the services are (the catalogue), and the signed tokens that say so to every other part.
"""

TYPE = "identity"
NAME = "keystone"
PREFIX = "/identity"
