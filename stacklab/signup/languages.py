"""Which of the two languages somebody reads."""

ENGLISH, CHINESE = "en", "zh"


def choose(asked: str | None, accepted: str) -> str:
    """The language named, else the one an Accept-Language header (RFC 9110, 12.5.4) likes best of the two."""
    if asked:
        return _known(asked) or ENGLISH
    ranked = sorted((_ranked(part) for part in accepted.split(",")), key=lambda found: -found[0])
    return next((known for weight, tag in ranked if weight > 0 and (known := _known(tag))), ENGLISH)


def _ranked(part: str) -> tuple[float, str]:
    """(weight, tag) of one entry such as `zh-CN;q=0.8`."""
    tag, _, weight = part.partition(";q=")
    try:
        return (float(weight) if weight else 1.0), tag.strip()
    except ValueError:
        return 0.0, tag.strip()


def _known(tag: str) -> str:
    primary = tag.lower().partition("-")[0]
    return primary if primary in (ENGLISH, CHINESE) else ""
