"""How facts are shown: ages, sizes, times, and the calls of a page as text."""

from datetime import UTC, datetime

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment

from stacklab.console import calls, commands
from stacklab.console.i18n import LOCALE
from stacklab.core import clock


def install(environment: Environment, language: str) -> None:
    """Filters of one language."""
    locale = LOCALE[language]

    def moment(at: str | int) -> str:
        at = at if isinstance(at, int) else clock.parse(at)
        when = datetime.fromtimestamp(at / clock.SECOND, UTC)
        return format_datetime(when, "medium", locale=locale) + " UTC"

    def ago(at: int) -> str:
        return format_timedelta(-max(1, (clock.now() - at) // clock.SECOND), add_direction=True, locale=locale)

    def age(iso: str) -> str:
        return ago(clock.parse(iso))

    def day(at: int) -> str:
        return format_date(datetime.fromtimestamp(at / clock.SECOND, UTC), "medium", locale=locale)

    def number(count: float) -> str:
        """1234567 → `1,234,567`, 0.5 → `0.5`."""
        return format_decimal(round(count, 2), locale=locale)

    environment.filters.update(
        number=number,
        ago=ago,
        day=day,
        age=age,
        moment=moment,
        memory=memory,
        size=size,
        curl=curl,
        cli=cli,
        python=python,
        percent=percent,
    )


def memory(megabytes: int) -> str:
    """128 → `128 MB`, 4096 → `4 GB`, 1536 → `1.5 GB`."""
    return f"{megabytes} MB" if megabytes < 1024 else f"{megabytes / 1024:g} GB"


def size(count: int) -> str:
    """999 → `999 B`, 10737418240 → `10 GiB`: powers of two, as quotas are set."""
    number, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while number >= 999.5 and len(units) > 1:
        number, units = number / 1024, units[1:]
    return f"{number:.3g} {units[0]}"


def percent(used: float, limit: float) -> int:
    """How full, 0 to 100; an unlimited quota (negative) is never full."""
    return 0 if limit < 0 else 100 if limit == 0 else min(100, round(100 * used / limit))


def cli(made: list[calls.Call]) -> str:
    """The commands, each once, in the order of the calls."""
    return "\n".join(dict.fromkeys(line for call in made if (line := commands.as_cli(call))))


def curl(made: list[calls.Call], base: str) -> str:
    return "\n\n".join(calls.as_curl(call, base) for call in made)


def python(made: list[calls.Call]) -> str:
    lines = [line for call in made if (line := calls.as_python(call))]
    head = "import os\n" if any("os.environ" in line for line in lines) else ""
    return head + calls.PYTHON_HEAD + "\n".join(lines) if lines else ""
