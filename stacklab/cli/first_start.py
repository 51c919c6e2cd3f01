"""The first start: a random admin password, `clouds.yaml`, and what the database begins with.

The password is written before it is used, so that a process killed in between loses nothing.
"""

import re
import secrets
from pathlib import Path

import click

from stacklab.app import Cloud
from stacklab.core import secret_file
from stacklab.host import guest

_PASSWORD = re.compile(r'^\s+password: "([^"]+)"$', re.MULTILINE)
_URL = re.compile(r"^(\s+auth_url: ).*$", re.MULTILINE)

_TEMPLATE = """\
# Written by the first start of StackLab: whoever reads this file is the administrator.
clouds:
  stacklab-admin:
    auth_type: password
    auth:
      auth_url: {url}/identity/v3
      username: admin
      password: "{password}"
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    region_name: {region}
    identity_api_version: 3
  stacklab-system:
    auth_type: password
    auth:
      auth_url: {url}/identity/v3
      username: admin
      password: "{password}"
      system_scope: all
      user_domain_name: Default
    region_name: {region}
    identity_api_version: 3
"""


def prepare(cloud: Cloud) -> None:
    """Idempotent: a later start changes nothing but the address in clouds.yaml, when the node moved. A region's node
    has no administrator of its own, and so no clouds.yaml."""
    image = _guest_image(cloud)
    if cloud.node:
        cloud.bootstrap(None, image)
        return
    file = cloud.settings.state / "clouds.yaml"
    password = _known_password(file) or secrets.token_urlsafe(18)
    text = _TEMPLATE.format(url=cloud.url, password=password, region=cloud.settings.node.region)
    if not file.exists():
        secret_file.write(file, text.encode())
    else:
        _move(file, cloud.url)
    cloud.bootstrap(password, image)


def _known_password(file: Path) -> str | None:
    found = _PASSWORD.search(file.read_text()) if file.exists() else None
    return found[1] if found else None


def _move(file: Path, url: str) -> None:
    text = file.read_text()
    moved = _URL.sub(rf"\g<1>{url}/identity/v3", text)
    if moved != text:
        secret_file.write(file, moved.encode())


def _guest_image(cloud: Cloud) -> Path | None:
    given = cloud.settings.images.guest_image
    if not given:
        return guest.built_image()
    if not Path(given).is_file():
        raise click.ClickException(f"setting images.guest_image: there is no file {given}")
    return Path(given)
