"""Keys for S3 programs: make one, see its secret once with the commands that use it, delete."""

import shlex
from urllib.parse import urlsplit

from starlette.responses import Response

from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page

PLACEHOLDER = "SECRET"


async def show(page: Page) -> Response:
    """The keys of this person in this project; after making one its secret, for this one time."""
    handle = page.request.query_params.get("made", "")
    made = page.me.secret(handle)
    if made:
        page.me.forget(handle)
    found = (await page.api.get(_path(page)))["credentials"]
    keys = sorted(key["access"] for key in found if key["tenant_id"] == page.me.who.project_id)
    secret = made.text if made else PLACEHOLDER
    access = made.id if made else keys[0] if keys else "KEY"
    return page.render("s3_keys.html", keys=keys, made=made, programs=programs(page, access, secret))


async def change(page: Page) -> Response:
    """Delete the key whose button was pressed (`delete=KEY`), else make one."""
    form = await page.form()
    doomed = str(form.get("delete", ""))
    try:
        if doomed:
            await page.api.delete(f"{_path(page)}/{segment(doomed)}")
            page.say(page._("Deleted. Programs that used it are refused from now on."))
            return page.go("/s3-keys")
        made = (await page.api.post(_path(page), {"tenant_id": page.me.who.project_id}))["credential"]
    except Fault as fault:
        page.say(page.explain(fault), "err")
        return page.go("/s3-keys")
    return page.go(f"/s3-keys?made={page.me.keep('s3', '', made['secret'], made['access'])}")


def programs(page: Page, access: str, secret: str) -> dict[str, str]:
    """Program → what to type, for a shell."""
    address, region = endpoint(page), page.region
    host, plain = urlsplit(address).netloc, address.startswith("http:")
    key, hidden, there = shlex.quote(access), shlex.quote(secret), shlex.quote(region)
    return {
        "aws": (
            f"export AWS_ACCESS_KEY_ID={key}\nexport AWS_SECRET_ACCESS_KEY={hidden}\n"
            f"export AWS_DEFAULT_REGION={there}\nexport AWS_ENDPOINT_URL={shlex.quote(address)}\n"
            "aws configure set default.s3.addressing_style path\naws s3 mb s3://my-bucket\naws s3 ls"
        ),
        "rclone": (
            f"rclone config create stacklab s3 provider=Other \\\n access_key_id={key} secret_access_key={hidden} \\\n"
            f" endpoint={shlex.quote(address)} region={there} force_path_style=true\nrclone lsd stacklab:"
        ),
        "s3cmd": (
            f"s3cmd --access_key={key} --secret_key={hidden} --region={there} \\\n"
            f" --host={shlex.quote(host)} --host-bucket={shlex.quote(host)}{' --no-ssl' if plain else ''} ls"
        ),
    }


def endpoint(page: Page) -> str:
    """Where S3 answers: at the root of wherever the region's object storage is."""
    place = page.me.who.place
    if not place.serves("/object-store/v1/"):
        return page.base
    parts = urlsplit(place.url("/object-store/v1"))
    return f"{parts.scheme}://{parts.netloc}"


def _path(page: Page) -> str:
    return f"/identity/v3/users/{page.me.who.user_id}/credentials/OS-EC2"
