"""Running the machine's tools while the image is built."""

import subprocess
from pathlib import Path


class BuildError(Exception):
    """The image could not be built; the message says what was missing or which tool failed, and how."""


def run(*command: str | Path, cwd: Path | None = None, feed: str | None = None) -> str:
    """Run a tool and return what it printed. Raises BuildError with its last words when it fails or is missing."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=cwd, input=feed, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError as missing:
        raise BuildError(f"{words[0]} is not installed") from missing
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise BuildError(f"{' '.join(words[:6])} failed ({done.returncode}): {said}")
    return done.stdout
