"""The same bytes in several stores: whole copies, checked, each beside the place where it will be."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stacklab.core import log
from stacklab.core.errors import NoSpace
from stacklab.images.store import BLOCK, Store
from stacklab.images.stores import Stores

_log = log.get(__name__)


class StoresFailed(Exception):
    """No copy could be kept in these stores."""

    def __init__(self, names: Iterable[str], why: str) -> None:
        self.names = list(names)
        super().__init__(f"The image could not be kept in {', '.join(self.names)}: {why}")


def copy(source: Path, store: Store, blob: str, still: Callable[[], None], copies: ExitStack) -> Path:
    """A copy of a file whose content has this name, in a store; removed with `copies` unless it was placed.

    Raises OSError, StoresFailed when the source is not what it was; what `still` raises, asked at each block.
    """
    made = copies.enter_context(store.incoming())
    with source.open("rb") as file:
        while block := file.read(BLOCK):
            made.write(block)
            still()
    if made.finish().sha512 != blob:
        raise OSError("the stored bytes are not what they were")
    return made.path


class Spread:
    """Into which stores a file shall go, and into which it could not: `failed` is known when `files` yields."""

    def __init__(self, stores: Stores, wanted: list[str], must: bool, still: Callable[[], None]) -> None:
        self._stores, self._wanted, self._must, self._still = stores, wanted, must, still
        self.failed: list[str] = []

    @contextmanager
    def files(self, store: str, file: Path, blob: str) -> Iterator[dict[str, Path]]:
        """`file` is in `store`, which need not be wanted. Raises StoresFailed for one that fails if all must succeed,
        and when none is left."""
        found: dict[str, Path] = {}
        with ExitStack() as copies:
            for name in self._wanted:
                try:
                    found[name] = file if name == store else copy(
                        file, self._stores.files[name], blob, self._still, copies
                    )  # fmt: skip
                except (OSError, NoSpace, KeyError) as error:
                    self._fail(name, error)
            if not found:
                raise StoresFailed(self.failed, "none of them took it.")
            yield found

    def _fail(self, name: str, error: Exception) -> None:
        told = error.strerror if isinstance(error, OSError) else str(error) if isinstance(error, NoSpace) else ""
        why = told or "there is no such store."
        _log.error("a store failed", store=name, error=repr(error))
        self.failed.append(name)
        if self._must:
            raise StoresFailed([name], why) from error
