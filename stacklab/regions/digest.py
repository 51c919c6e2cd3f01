"""The names in the feed: a node that has met a user or a project knows them by it, and another learns nothing."""

from hashlib import blake2b


def digest(subject: str) -> str:
    """32 hex digits. What is hashed are random ids of 122 bits and more: nobody finds them by trying."""
    return blake2b(subject.encode(), digest_size=16, person=b"stacklab feed").hexdigest()
