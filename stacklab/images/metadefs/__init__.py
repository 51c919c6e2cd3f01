"""Metadata definitions: namespaces of objects, properties and tags, and the resource types they are meant for.

Everybody with a role in a project reads the public ones and the project's own; admins write them, as in Glance.
"""
