"""Folders for nodes with real guests. pytest's own are closed to all but us, and guests run as another user."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder(prefix: str = "sl-test-") -> Iterator[Path]:
    """A folder everybody can pass through and nobody else can look into, with a short path; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
