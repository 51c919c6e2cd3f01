"""Glance v2: images of disks, their metadata and their bytes. Bytes are stored by content and shared between images
that hold the same; what is uploaded is looked into before anybody may boot it.
"""

TYPE = "image"
NAME = "glance"
PREFIX = "/image"
