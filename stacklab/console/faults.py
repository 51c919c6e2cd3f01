"""What went wrong, in words: an API answers in its own envelope; people get a sentence and a next step."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

Gettext = Callable[[str], str]


class Fault(Exception):
    """An API's refusal: its HTTP status (0 when it did not answer), its own message, and how many seconds to wait."""

    def __init__(self, status: int, message: str, wait: int = 0) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.message = message
        self.wait = wait


class SessionOver(Exception):
    """The token is no longer accepted: the person must log in again."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Marks a text for the catalogue without translating it yet."""
    return text


# The first pattern that matches the API's message decides. Order: the specific before the general.
WORDS: list[tuple[str, str]] = [
    (r"quota exceeded for (cores|instances|ram)|quota exceeded.*(cores|instances|ram)",
     N_("This would go over your quota. Choose a smaller size, or delete a server you no longer need.")),
    (r"quota exceeded.*(floatingip|floating)",
     N_("All your floating IPs are used. Release one first, or leave the floating IP unticked.")),
    (r"quota exceeded.*key|maximum number of key pairs",
     N_("You have as many key pairs as your quota allows. Delete one you no longer use.")),
    (r"size of the data.*will exceed|image_size_total",
     N_("The image is larger than what is left of your quota. Delete one you no longer need, then try again.")),
    (r"container limit of",
     N_("You have as many containers as your quota allows. Delete one, or use folders in one that you have.")),
    (r"deleted during the upload", N_("It was deleted while its bytes were on their way. Nothing was kept.")),
    (r"quota", N_("This would go over your quota. Remove something you no longer need, then try again.")),
    (r"no valid host.*(memory|ram)",
     N_("No host has enough free memory for this size right now. Pick a smaller size, or try again later.")),
    (r"no valid host.*(cpu|core)",
     N_("No host has enough free CPUs for this size right now. Pick a smaller size, or try again later.")),
    (r"no valid host.*disk",
     N_("No host has enough free disk for this size right now. Pick a smaller size, or try again later.")),
    (r"no valid host", N_("No host has room for this server right now. Pick a smaller size, or try again later.")),
    (r"too small for|minimum (ram|disk)",
     N_("This size is too small for the image. Choose a larger size.")),
    (r"key ?pair.*already exists", N_("You already have a key pair of this name. Choose another name.")),
    (r"uri does not pass filtering",
     N_("Images are not fetched from this address: only from public ones, by http or https on their usual ports.")),
    (r"could not be downloaded.*server answered",
     N_("The other server did not give it. Check that the address opens without logging in, then try again.")),
    (r"could not be downloaded.*(too long|too slow|in the middle)",
     N_("The download broke off before its end. Try again, or upload the file from your own machine.")),
    (r"could not be downloaded", N_("The other server could not be reached. Check the address, then try again.")),
    (r"is duplicated for image", N_("It is shared with that project already.")),
    (r"from the only store", N_("It is the only copy. Delete the image instead, or copy it to another store first.")),
    (r"active task", N_("Something is being done with it already. Wait until that is over, then try again.")),
    (r"already exists|duplicate", N_("This name is taken. Choose another one.")),
    (r"in use", N_("It is still in use. Detach it from its servers first, then delete it.")),
    (r"(task_state|vm_state|while it is in)",
     N_("The server is busy with something else. Wait until it has finished, then try again.")),
    (r"no more ip addresses|ipaddressgeneration",
     N_("The network has no free address. Release a floating IP or delete a server, then try again.")),
    (r"keypair data is invalid|invalid.*public.key|public_key",
     N_("This is not a public key. Paste the one line of your id_ed25519.pub file.")),
]  # fmt: skip

BY_STATUS: dict[int, str] = {
    401: N_("This region does not accept your session any more. Choose the region again, or log out and in."),
    0: N_("The cloud did not answer. Nothing was changed; try again in a moment."),
    403: N_("Your account may not do this. Ask the owner of the project for a role that can."),
    404: N_("It is not there any more. Go back to the list to see what is."),
    409: N_("The cloud says this conflicts with how things are now. Reload the page and try again."),
    412: N_("There is one of this name already. Choose another name, or delete that one first."),
    413: N_("This would go over your quota. Remove something you no longer need, then try again."),
    429: N_("That was too often in a short time. Wait a little, then try again."),
}


def words(fault: Fault, _: Gettext) -> str:
    """The sentence for a fault; the API's own message is kept beside it where we have no better words."""
    for pattern, sentence in WORDS:
        if re.search(pattern, fault.message, re.IGNORECASE):
            return _(sentence)
    if fault.status in BY_STATUS:
        return _(BY_STATUS[fault.status])
    if fault.status >= 500:
        return _(N_("Something failed in the cloud and nothing was changed here. Try again; if it stays, report it."))
    return _(N_("The cloud refused this:")) + " " + fault.message


def message_of(status: int, body: bytes) -> str:
    """The message inside any service's envelope: Nova's and Keystone's `{x: {message}}`, Neutron's, or plain text."""
    try:
        found: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _plain(body[:500].decode(errors="replace")) or str(status)
    while isinstance(found, dict) and found:
        if isinstance(found.get("message"), str):
            return _plain(found["message"])
        found = found.get("errors") or next(iter(found.values()))
        if isinstance(found, list):
            found = found[0] if found else ""
    return str(found)[:500]


def _plain(text: str) -> str:
    """Without markup: Glance ends its messages with line breaks of HTML, Swift's are paragraphs."""
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())
