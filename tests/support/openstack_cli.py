"""The `openstack` command as a person would type it, as the admin of a node."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.node import Node


def openstack(cloud: Node, *words: str, timeout: float = 180) -> dict[str, object]:
    """Run the `openstack` command of this environment; its JSON answer."""
    program = shutil.which("openstack", path=str(Path(sys.executable).parent)) or "openstack"
    command = [program, "--os-cloud", "stacklab-admin", *words]
    environ = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(cloud.state / "clouds.yaml")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, env=environ)
    assert done.returncode == 0, f"openstack {' '.join(words)}: {done.stderr}"
    answer: dict[str, object] = json.loads(done.stdout) if done.stdout.strip().startswith(("{", "[")) else {}
    return answer


def allow_ssh(cloud: Node) -> None:
    """Open port 22 in the admin project's default group, once."""
    admin = cloud.admin()
    project = admin.get("/identity/v3/auth/projects")["projects"][0]["id"]
    groups = admin.get(f"/network/v2.0/security-groups?name=default&project_id={project}")["security_groups"]
    group = groups[0]
    if not any(rule["port_range_min"] == 22 for rule in group["security_group_rules"]):
        rule = {"security_group_id": group["id"], "direction": "ingress", "protocol": "tcp"}
        admin.post(
            "/network/v2.0/security-group-rules",
            {"security_group_rule": {**rule, "port_range_min": 22, "port_range_max": 22}},
        )
