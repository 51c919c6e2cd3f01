"""SSH into a guest from a network namespace, as a person outside would."""

import subprocess
from pathlib import Path

from tests.support.client import until

OPTIONS = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=3",
           "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes"]  # fmt: skip


class Ssh:
    """`Ssh(namespace, address, key).run("hostname")`."""

    def __init__(self, namespace: str, address: str, key: Path, user: str = "lab") -> None:
        self._words = ["ip", "netns", "exec", namespace, "ssh", "-n", "-i", str(key), *OPTIONS, f"{user}@{address}"]

    def attempt(self, command: str, seconds: float = 20) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run([*self._words, command], capture_output=True, text=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(self._words, 255, "", "timed out")

    def wait(self, seconds: float = 120) -> "Ssh":
        """Until a login works; the failure says why the last one did not."""
        why = ""

        def works() -> bool:
            nonlocal why
            done = self.attempt("true")
            why = done.stderr
            return done.returncode == 0

        try:
            until("SSH", works, seconds, 0.5)
        except AssertionError as error:
            raise AssertionError(f"{error}: {why}") from error
        return self

    def run(self, command: str, seconds: float = 30) -> str:
        done = self.attempt(command, seconds)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()
