"""The object store: Swift v1, and S3 on the same data.

Rows are the truth; the bytes are one file for each version of an object below `<state>/objects`, written, synced and
named before a row says that they are there. Owns the paths /object-store and /s3 and the tables objects_*.
"""

TYPE = "object-store"
NAME = "swift"
PREFIX = "/object-store"
