"""The `openstack` command, unmodified, against a node: images, their members and tags, and metadata definitions."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import Node

Run = Callable[..., Any]


@contextmanager
def client(node: Node) -> Iterator[Run]:
    """`run("image", "list")` → its JSON answer, as the administrator.

    It has a terminal, as a person has: without one, `image create` takes what comes on stdin for the image.
    """
    terminal, keyboard = pty.openpty()
    node.start()
    program = shutil.which("openstack", path=str(Path(sys.executable).parent)) or "openstack"
    environ = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(node.state / "clouds.yaml")}

    def command(*words: str, shows: bool = True) -> Any:
        line = [program, "--os-cloud", "stacklab-admin", *words, *(("-f", "json") if shows else ())]
        done = subprocess.run(
            line, stdin=keyboard, capture_output=True, text=True, timeout=60, check=False, env=environ
        )
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return json.loads(done.stdout) if shows else done.stdout

    yield command
    node.stop()
    os.close(keyboard)
    os.close(terminal)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with client(Node(tmp_path_factory.mktemp("client") / "state")) as command:
        yield command


def test_an_image_from_the_file_to_its_end(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "disk"
    file.write_bytes(b"\0" * 4096)
    made = run("image", "create", "one", "--file", str(file), "--disk-format", "raw", "--property", "colour=red",
               "--tag", "first", "--shared")  # fmt: skip
    image = made["id"]
    run("image", "set", image, "--tag", "second", "--property", "shape=round", "--min-ram", "64", shows=False)
    run("image", "unset", image, "--tag", "first", "--property", "colour", shows=False)
    shown = run("image", "show", image)
    assert (shown["status"], shown["tags"], shown["min_ram"]) == ("active", ["second"], 64)
    assert shown["properties"]["shape"] == "round"
    assert "colour" not in shown["properties"]
    assert [one["ID"] for one in run("image", "list", "--tag", "second")] == [image]
    run("image", "set", image, "--deactivate", shows=False)
    assert run("image", "show", image)["status"] == "deactivated"
    run("image", "set", image, "--activate", shows=False)
    saved = tmp_path / "saved"
    run("image", "save", image, "--file", str(saved), shows=False)
    assert saved.read_bytes() == file.read_bytes()
    run("image", "delete", image, shows=False)
    assert image not in [one["ID"] for one in run("image", "list")]


def test_sharing(run: Run) -> None:
    image = run("image", "create", "gift", "--shared")["id"]
    project = run("project", "create", "receiver")["id"]
    assert run("image", "add", "project", image, project)["status"] == "pending"
    assert [one["Member ID"] for one in run("image", "member", "list", image)] == [project]
    run("image", "set", image, "--project", project, "--accept", shows=False)
    assert run("image", "member", "get", image, project)["status"] == "accepted"
    run("image", "remove", "project", image, project, shows=False)
    assert run("image", "member", "list", image) == []


def test_staging_and_imports(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "disk"
    file.write_bytes(b"\1" * 5000)
    kind = ("--disk-format", "raw", "--container-format", "bare")
    first, second = (run("image", "create", name, *kind)["id"] for name in ("staged", "taken over"))
    run("image", "stage", first, "--file", str(file), shows=False)
    run("image", "import", first, "--wait")
    assert run("image", "show", first)["status"] == "active"
    names = ("--remote-image", first, "--remote-region", "RegionOne", "--remote-service-interface", "public")
    run("image", "import", second, "--method", "glance-download", *names, "--wait")
    made = run("image", "show", second)
    assert (made["status"], made["size"]) == ("active", 5000)
    tasks = run("image", "task", "list")
    assert {task["Status"] for task in tasks} == {"success"}
    shown = run("image", "task", "show", tasks[0]["ID"])
    assert shown["type"] == "api_image_import"
    assert "glance-download" in str(run("image", "import", "info"))
    assert "local" in str(run("image", "stores", "list"))
    run("cached", "image", "queue", first, shows=False)
    assert [one["ID"] for one in run("cached", "image", "list")] == [first]
    run("cached", "image", "delete", first, shows=False)
    run("cached", "image", "clear", shows=False)
    assert run("cached", "image", "list") == []
    run("image", "delete", first, second, shows=False)


def test_metadata_definitions(run: Run) -> None:
    run("image", "metadef", "namespace", "create", "CPU", "--public", "--display-name", "Processors")
    run("image", "metadef", "namespace", "set", "CPU", "--description", "What a processor can", shows=False)
    assert run("image", "metadef", "namespace", "show", "CPU")["description"] == "What a processor can"
    assert "CPU" in [one["namespace"] for one in run("image", "metadef", "namespace", "list")]
    run("image", "metadef", "object", "create", "limits", "--namespace", "CPU")
    assert run("image", "metadef", "object", "show", "CPU", "limits")["name"] == "limits"
    run("image", "metadef", "property", "create", "CPU", "--name", "cores", "--title", "Cores", "--type", "integer",
        "--schema", "{}")  # fmt: skip
    assert [one["name"] for one in run("image", "metadef", "property", "list", "CPU")] == ["cores"]
    run("image", "metadef", "property", "set", "CPU", "cores", "--title", "How many", shows=False)
    assert run("image", "metadef", "property", "show", "CPU", "cores")["title"] == "How many"
    run("image", "metadef", "object", "update", "CPU", "limits", "--name", "bounds", shows=False)
    assert [one["name"] for one in run("image", "metadef", "object", "list", "CPU")] == ["bounds"]
    assert run("image", "metadef", "resource", "type", "list")
    run("image", "metadef", "resource", "type", "association", "create", "CPU", "OS::Nova::Flavor")
    assert run("image", "metadef", "resource", "type", "association", "list", "CPU")
    run("image", "metadef", "resource", "type", "association", "delete", "CPU", "OS::Nova::Flavor", shows=False)
    run("image", "metadef", "namespace", "unset", "CPU", "--all-tags", shows=False)
    run("image", "metadef", "object", "delete", "CPU", "bounds", shows=False)
    run("image", "metadef", "property", "delete", "CPU", "cores", shows=False)
    assert run("image", "metadef", "property", "list", "CPU") == []
    run("image", "metadef", "namespace", "delete", "CPU", shows=False)
    assert "CPU" not in [one["namespace"] for one in run("image", "metadef", "namespace", "list")]


def test_several_stores(tmp_path: Path) -> None:
    file = tmp_path / "disk"
    file.write_bytes(b"\2" * 5000)
    further = f'[{{ name = "second", path = "{tmp_path}/second", weight = 3 }}]'
    with client(Node(tmp_path / "state", STACKLAB_IMAGES_STORES=further)) as run:
        kind = ("--disk-format", "raw", "--container-format", "bare")
        image = run("image", "create", "one", *kind)["id"]
        run("image", "stage", image, "--file", str(file), shows=False)
        run("image", "import", image, "--store", "second", "--wait")
        assert run("image", "show", image)["properties"]["stores"] == "second"
        run("image", "import", image, "--method", "copy-image", "--all-stores", "--wait")
        assert run("image", "show", image)["properties"]["stores"] == "second,local"
        assert [one["ID"] for one in run("image", "stores", "list", "--detail")] == ["local", "second"]
