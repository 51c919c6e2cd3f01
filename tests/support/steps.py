"""What statements cost where no other load on the machine changes it: in SQLite's own instructions."""

from collections.abc import Callable

from stacklab.core.db.database import proxy


def steps(call: Callable[[], object]) -> int:
    """Hundreds of instructions that a call takes, which must find something."""
    seen = 0

    def count() -> int:
        nonlocal seen
        seen += 1
        return 0

    proxy.connection().set_progress_handler(count, 100)
    try:
        assert call()
    finally:
        proxy.connection().set_progress_handler(None, 0)
    return seen
