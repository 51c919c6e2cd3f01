"""The S3 API on the data of the object store: a bucket is a container of the account of the key's project.

Path style below /s3 and, for signed requests, anywhere. The scope is that of Swift's s3api; what S3 has besides
answers NotImplemented. A region's node answers with its own objects, by keys that home tells (`keys`).
"""

PREFIX = "/s3"
