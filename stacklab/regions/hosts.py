"""Which host an address names, so that two can be compared."""

from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=1024)
def host_of(address: str) -> str:
    """The host of a web address as clients name it: in small letters, with a port where it is not the usual one."""
    parts = urlsplit(address)
    usual = ":443" if parts.scheme == "https" else ":80"
    return parts.netloc.lower().removesuffix(usual)
