"""What an address and a password must be, in words."""

from stacklab.core.errors import BadRequest
from stacklab.signup.schema import is_email


def address(text: str) -> str:
    """The address as it is kept, in small letters. Raises BadRequest."""
    email = text.lower()
    if not is_email(email):
        raise BadRequest("Invalid input for field 'email': it is not an e-mail address.")
    return email


def password(email: str, text: str | None, least: int) -> str:
    """The password. Raises BadRequest for none, a short one and one that is guessed first."""
    if text is None:
        raise BadRequest("Invalid input for field 'password': 'password' is a required property")
    if len(text) < least:
        raise BadRequest(f"Invalid input for field 'password': it must have at least {least} characters.")
    if len(set(text)) < 4 or text.lower() in (email, email.partition("@")[0]):
        raise BadRequest("Invalid input for field 'password': it is too easy to guess.")
    return text
