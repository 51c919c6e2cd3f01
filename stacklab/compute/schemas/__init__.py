"""Request bodies as msgspec structs. Where a field came with a microversion, `since.py` refuses it before."""
