"""The same thing as an `openstack` command: which call which command stands for.

Images and objects have tables of their own.
"""

import re
import shlex
from urllib.parse import parse_qs, urlsplit

from stacklab.console import image_commands, object_commands
from stacklab.console.calls import Builder, Call


def as_cli(call: Call) -> str:
    """The `openstack` command that does the same, or "" where the command line has no word for it."""
    path = urlsplit(call.path).path
    for method, pattern, build in CLI:
        found = re.fullmatch(pattern, path) if method == call.method else None
        if found:
            return "openstack " + (build(call, *found.groups()) if callable(build) else build.format(*found.groups()))
    return ""


def _server_create(call: Call) -> str:
    server = call.body["server"]
    flags = [
        ("--image", server.get("imageRef")),
        ("--flavor", server.get("flavorRef")),
        ("--key-name", server.get("key_name")),
    ]
    networks = server.get("networks")
    for network in networks if isinstance(networks, list) else []:
        flags.append(("--network", network.get("uuid")))
    flags += [("--security-group", group["name"]) for group in server.get("security_groups", [])]
    flags += [("--user-data", "FILE" if server.get("user_data") else None)]
    lines = [f"{flag} {shlex.quote(value)}" for flag, value in flags if value]
    if networks in ("auto", "none"):
        lines.append(f"--nic {networks}")
    return " \\\n ".join(["server create", *lines, shlex.quote(server["name"])])


def _server_action(call: Call, server: str) -> str:
    action, detail = next(iter(call.body.items()))
    kind = " --hard" if action == "reboot" and detail.get("type") == "HARD" else ""
    verbs = {"os-start": "start", "os-stop": "stop", "reboot": "reboot" + kind}
    if action == "os-getConsoleOutput":
        return f"console log show {server}"
    if action == "createImage":
        return f"server image create --name {shlex.quote(detail['name'])} {server}"
    if action in ("addSecurityGroup", "removeSecurityGroup"):
        return f"server {action[: -len('SecurityGroup')]} security group {server} {shlex.quote(detail['name'])}"
    return f"server {verbs.get(action, action)} {server}"


def _keypair_create(call: Call) -> str:
    pair = call.body["keypair"]
    given = " --public-key FILE.pub" if pair.get("public_key") else ""
    return f"keypair create{given} {shlex.quote(pair['name'])}"


def _rule_create(call: Call) -> str:
    rule = call.body["security_group_rule"]
    flags = [f"--{rule['direction']}", f"--protocol {rule['protocol']}" if rule.get("protocol") else ""]
    if rule.get("port_range_min"):
        low, high = rule["port_range_min"], rule["port_range_max"]
        flags.append(f"--dst-port {low}" if low == high else f"--dst-port {low}:{high}")
    if rule.get("remote_ip_prefix"):
        flags.append(f"--remote-ip {rule['remote_ip_prefix']}")
    return " ".join(["security group rule create", *filter(None, flags), rule["security_group_id"]])


def _floating_create(call: Call) -> str:
    body = call.body["floatingip"]
    port = f" --port {body['port_id']}" if body.get("port_id") else ""
    return f"floating ip create{port} {body['floating_network_id']}"


def _group_create(call: Call) -> str:
    return f"security group create {shlex.quote(call.body['security_group']['name'])}"


def _credential_create(call: Call, _user: str) -> str:
    return f"application credential create {shlex.quote(call.body['application_credential']['name'])}"


def _ec2_create(call: Call) -> str:
    return f"ec2 credentials create --project {call.body['tenant_id']}"


def _keypair_delete(_call: Call, name: str) -> str:
    return f"keypair delete {shlex.quote(name)}"


def _port_list(call: Call) -> str:
    device = parse_qs(urlsplit(call.path).query).get("device_id")
    return "port list" + (f" --server {device[0]}" if device else "")


def _assignments(call: Call) -> str:
    project = parse_qs(urlsplit(call.path).query).get("scope.project.id")
    return "role assignment list --names" + (f" --project {project[0]}" if project else "")


_N = r"/network/v2\.0"
_C = r"/compute/v2\.1"
CLI: list[tuple[str, str, Builder]] = [
    *image_commands.CLI,
    *object_commands.CLI,
    ("GET", rf"{_C}/servers/detail", "server list"),
    ("POST", rf"{_C}/servers", _server_create),
    ("GET", rf"{_C}/servers/([^/]+)", "server show {}"),
    ("DELETE", rf"{_C}/servers/([^/]+)", "server delete {}"),
    ("POST", rf"{_C}/servers/([^/]+)/action", _server_action),
    ("GET", rf"{_C}/servers/([^/]+)/os-instance-actions", "server event list {}"),
    ("GET", rf"{_C}/servers/([^/]+)/os-instance-actions/([^/]+)", "server event show {} {}"),
    ("GET", rf"{_C}/flavors/detail", "flavor list"),
    ("GET", rf"{_C}/limits", "limits show --absolute"),
    ("GET", rf"{_C}/os-keypairs", "keypair list"),
    ("POST", rf"{_C}/os-keypairs", _keypair_create),
    ("DELETE", rf"{_C}/os-keypairs/([^/]+)", _keypair_delete),
    ("GET", rf"{_N}/networks", "network list"),
    ("GET", rf"{_N}/ports", _port_list),
    ("GET", rf"{_N}/floatingips", "floating ip list"),
    ("POST", rf"{_N}/floatingips", _floating_create),
    ("DELETE", rf"{_N}/floatingips/([^/]+)", "floating ip delete {}"),
    ("GET", rf"{_N}/security-groups", "security group list"),
    ("GET", rf"{_N}/security-groups/([^/]+)", "security group show {}"),
    ("POST", rf"{_N}/security-groups", _group_create),
    ("DELETE", rf"{_N}/security-groups/([^/]+)", "security group delete {}"),
    ("POST", rf"{_N}/security-group-rules", _rule_create),
    ("DELETE", rf"{_N}/security-group-rules/([^/]+)", "security group rule delete {}"),
    ("GET", rf"{_N}/quotas/([^/]+)", "quota show {}"),
    ("GET", r"/identity/v3/users/[^/]+/application_credentials", "application credential list"),
    ("POST", r"/identity/v3/users/([^/]+)/application_credentials", _credential_create),
    ("DELETE", r"/identity/v3/users/[^/]+/application_credentials/([^/]+)", "application credential delete {}"),
    ("GET", r"/identity/v3/users/[^/]+/credentials/OS-EC2", "ec2 credentials list"),
    ("POST", r"/identity/v3/users/[^/]+/credentials/OS-EC2", _ec2_create),
    ("DELETE", r"/identity/v3/users/[^/]+/credentials/OS-EC2/([^/]+)", "ec2 credentials delete {}"),
    ("GET", r"/identity/v3/auth/catalog", "catalog list"),
    ("GET", r"/identity/v3/auth/projects", "project list --my-projects"),
    ("POST", r"/identity/(?:[^/]+/)?v3/auth/tokens", "token issue"),
    ("DELETE", r"/identity/v3/auth/tokens", "token revoke TOKEN"),
    ("GET", r"/identity/v3/projects/([^/]+)", "project show {}"),
    ("GET", r"/identity/v3/role_assignments", _assignments),
    ("GET", r"/identity/v3/roles", "role list"),
    ("GET", r"/identity/v3/users", "user list"),
    ("POST", r"/identity/v3/users/[^/]+/password", "user password set"),
    ("PUT", r"/identity/v3/projects/([^/]+)/users/([^/]+)/roles/([^/]+)", "role add --project {} --user {} {}"),
    ("DELETE", r"/identity/v3/projects/([^/]+)/users/([^/]+)/roles/([^/]+)", "role remove --project {} --user {} {}"),
]
