"""libvirt's refusals as sentences for the person whose server it was: no paths, no jargon where we know better."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import libvirt

from stacklab.core import log
from stacklab.host.hypervisor.spec import HypervisorError

_log = log.get(__name__)

_KNOWN = (
    (r"cannot set up guest memory|Cannot allocate memory", "The machine has not enough free memory for this server."),
    (r"No space left on device", "The machine's disk is full."),
    (r"get interface MTU on|add .*to bridge|No such device", "The server's network is not set up on this machine."),
    (r"Failed to get .*write.* lock", "A disk of this server is in use by another process."),
    (r"Could not open .*No such file|Cannot access (storage|backing) file", "A disk of this server is missing."),
    (r"timed out|cannot acquire state change lock", "The machine is busy with this server; try again."),
)
_PATH = re.compile(r"'?/[^\s':,]+'?")


@contextmanager
def sentences(doing: str) -> Iterator[None]:
    """Turn libvirt errors inside into HypervisorError("The server could not be <doing>: …"); details go to the log."""
    try:
        yield
    except libvirt.libvirtError as error:
        message = error.get_error_message() or str(error)
        _log.warning("libvirt refused", doing=doing, code=error.get_error_code(), detail=message)
        raise HypervisorError(sentence(doing, message)) from error


def sentence(doing: str, message: str) -> str:
    """The sentence for a libvirt message: one of ours if it is a known one, else its first line without paths."""
    for pattern, known in _KNOWN:
        if re.search(pattern, message, re.IGNORECASE | re.DOTALL):
            return f"The server could not be {doing}. {known}"
    first = _PATH.sub("(a file)", message.strip().splitlines()[0] if message.strip() else "no reason given")
    return f"The server could not be {doing}: {first}"


def is_missing(error: libvirt.libvirtError) -> bool:
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN)
