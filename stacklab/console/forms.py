"""What is wrong with a form, by field."""


class Errors(dict[str, str]):
    """Field → what is wrong and what to do; a field that is fine reads as ""."""

    def __missing__(self, _field: str) -> str:
        return ""
