"""Amazon's published example of a chunked upload: its key, seed and signatures."""

import hmac

SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
_SIGNATURES = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)


def key() -> bytes:
    """The day's key of the documentation's account."""
    made = b"AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    for part in ("20130524", "us-east-1", "s3", "aws4_request"):
        made = hmac.digest(made, part.encode(), "sha256")
    return made


def body() -> bytes:
    """65 KiB of the letter a."""
    parts = (b"a" * 65536, b"a" * 1024, b"")
    signed = zip(parts, _SIGNATURES, strict=True)
    return b"".join(b"%x;chunk-signature=%s\r\n%s\r\n" % (len(part), name.encode(), part) for part, name in signed)
