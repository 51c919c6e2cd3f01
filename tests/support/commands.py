"""Programs of others, run as a user runs them: in a folder, with settings of their own and none of this machine's."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., str]


def command(program: list[str], folder: Path, environ: dict[str, str]) -> Run:
    """`run("put", …)` → what the program printed."""

    # The machine's own settings for Amazon are none of ours; rclone cannot take a bundle of certificates from them.
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}

    def run(*words: str) -> str:
        done = subprocess.run(
            [*program, *words],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=folder,
            env={**own, **environ, "HOME": str(folder)},
        )
        assert done.returncode == 0, f"{program[0]} {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    return run
