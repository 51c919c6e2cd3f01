"""`make tempest`: start a node, write a workspace, run the listed tests, say passed / failed / skipped.

What no one configuration passes is run on nodes of other kinds."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click

from stacklab.host.hypervisor.choose import lacking
from tests.support.folders import passable_folder
from tests.support.node import Node
from tests.tempest import files
from tests.tempest.configuration import Kind, kind_for, render, synced

HERE = Path(__file__).parent
TEMPEST = Path(".venv-tempest/bin").absolute()
SERVICES = {file.stem for file in HERE.glob("*.txt")} - {"smoke"}
WITHOUT_GUESTS = {"identity", "object_storage"}


@click.command()
@click.option("--service", type=click.Choice(sorted(SERVICES)), help="Every test of one service, instead of the smoke.")
@click.option("--include", type=click.Path(exists=True, path_type=Path), help="A file of test ids of your own.")
@click.option("--match", default="", help="Only ids that match this regular expression.")
@click.option("--simulated", is_flag=True, default=bool(lacking()), help="Use the simulated driver.")
def main(service: str | None, include: Path | None, match: str, simulated: bool) -> None:
    chosen = include or HERE / f"{service or 'smoke'}.txt"
    simulated = simulated or service in WITHOUT_GUESTS
    ids = [id for id in _ids(chosen) if re.search(match, id)]
    runs = [_on_a_node(wanted, simulated, kind) for kind, wanted in _kinds(ids).items()]
    print(_summary([said for _status, said in runs]))
    sys.exit(max(status for status, _said in runs))


def _kinds(ids: list[str]) -> dict[Kind, list[str]]:
    """The tests by the node each needs: Tempest skips them, or they fail, on any other."""
    found: dict[Kind, list[str]] = {}
    for id in ids:
        found.setdefault(kind_for(id), []).append(id)
    return found


def _on_a_node(ids: list[str], simulated: bool, kind: Kind) -> tuple[int, str]:
    """Exit status and the end of what Tempest said."""
    with passable_folder("stacklab-tempest-") as folder:
        node = Node(folder / "state", "simulated" if simulated else "libvirt", **kind.environ(folder))
        node.environ |= synced(node.url, folder)
        files.make(folder / "files")
        try:
            with files.served(folder / "files", node.namespaces.here if node.namespaces else node.host) as url:
                return _run(node.start(), folder / "workspace", ids, url, kind)
        finally:
            node.purge()


def _ids(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def _run(node: Node, workspace: Path, ids: list[str], files_url: str, kind: Kind) -> tuple[int, str]:
    """`files_url`: where the image tests find images elsewhere."""
    tempest = [str(TEMPEST / "tempest")]
    # A register of its own: Tempest's remembers every workspace by name and refuses the next run's.
    register = ["--workspace-path", str(workspace.with_name("workspaces.yaml"))]
    subprocess.run([*tempest, "init", *register, str(workspace)], check=True, stdout=subprocess.DEVNULL)
    admin = node.admin()
    conf = workspace / "etc" / "tempest.conf"
    conf.touch(mode=0o600)
    conf.write_text(render(node, admin, node.admin_password(), workspace, files_url, kind))
    wanted = workspace / "include.txt"
    wanted.write_text("".join(f"^{re.escape(id)}(\\[|$)\n" for id in ids))
    inside = ["ip", "netns", "exec", node.namespaces.node] if node.namespaces else []
    command = [*inside, *tempest, "run", "--include-list", str(wanted), "--concurrency", "2"]
    patience = {**os.environ, "OS_TEST_TIMEOUT": "300"}  # seconds for one test: one that hangs is one that failed
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, text=True, env=patience) as running:
        assert running.stdout
        said = [_echo(line) for line in running.stdout]
    return running.returncode, "".join(said[-40:])


def _echo(line: str) -> str:
    sys.stdout.write(line)
    return line


def _summary(ends: list[str]) -> str:
    """`33 passed, 0 failed, 0 skipped`, from Tempest's closing tables."""
    return ", ".join(
        f"{sum(_count(word, end) for end in ends)} {word.lower()}" for word in ("Passed", "Failed", "Skipped")
    )


def _count(word: str, totals: str) -> int:
    found = re.search(rf" - {word}: (\d+)", totals)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
