"""Files that hold a secret: their owner's only, and written all or nothing."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """On the disk when it returns: a lost key would lose what it protects."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
