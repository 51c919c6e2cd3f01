"""API access: application credentials with clouds.yaml and openrc, the endpoints, the calls of this session."""

import re

import msgspec
from starlette.responses import PlainTextResponse, Response

from stacklab.console import names
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page
from stacklab.console.sessions import Secret

FILES = ("clouds.yaml", "openrc")
RULE = re.compile(r"(?P<service>[a-z][a-z0-9-]*)\s+(?P<method>GET|HEAD|POST|PUT|PATCH|DELETE)\s+(?P<path>/\S+)\Z")


async def show(page: Page) -> Response:
    return await _show(page)


async def create(page: Page) -> Response:
    """A credential with the person's own roles; its secret is shown on the next page and never again."""
    form = await page.form()
    name = str(form.get("name", "")).strip()
    if not 1 <= len(name) <= 255:
        return await _show(page, name, page._("Give it a name of at most 255 characters."))
    lines = [line.strip() for line in str(form.get("rules", "")).splitlines() if line.strip()]
    rules = [found.groupdict() for line in lines if (found := RULE.match(line))]
    if len(rules) < len(lines):
        return await _show(page, name, page._("A rule reads like: compute GET /v2.1/servers"), "\n".join(lines))
    wanted = {"name": name} | ({"access_rules": rules} if rules else {})
    try:
        made = (await page.api.post(_path(page), {"application_credential": wanted}))["application_credential"]
    except Fault as fault:
        return await _show(page, name, page.explain(fault), "\n".join(lines))
    page.say(name, "credential", (page.me.keep("credential", name, made["secret"], made["id"]),))
    return page.go("/api")


async def revoke(page: Page) -> Response:
    form = await page.form()
    try:
        await page.api.delete(f"{_path(page)}/{form.get('id', '')}")
        page.say(page._("Revoked. Programs that used it are refused from now on."))
    except Fault as fault:
        page.say(page.explain(fault), "err")
    return page.go("/api")


async def download(page: Page) -> Response:
    """clouds.yaml or openrc for a credential whose secret this session still holds."""
    file = str(page.request.path_params["file"])
    secret = page.me.secret(str(page.request.path_params["handle"]))
    if secret is None or secret.kind != "credential" or file not in FILES:
        text = page._("This secret is no longer held here. Create a new credential.")
        return page.render("missing.html", 404, message=text)
    text = clouds_yaml(page, secret) if file == "clouds.yaml" else openrc(page, secret)
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return PlainTextResponse(text, headers=headers)


def clouds_yaml(page: Page, secret: Secret) -> str:
    """What openstackclient, openstacksdk, Ansible and Terraform read; JSON strings are YAML strings."""
    quoted = msgspec.json.encode
    return (
        "clouds:\n  stacklab:\n    auth_type: v3applicationcredential\n    auth:\n"
        f"      auth_url: {quoted(auth_url(page)).decode()}\n"
        f"      application_credential_id: {quoted(secret.id).decode()}\n"
        f"      application_credential_secret: {quoted(secret.text).decode()}\n"
        f"    region_name: {quoted(page.region).decode()}\n"
        "    identity_api_version: 3\n    interface: public\n"
    )


def auth_url(page: Page) -> str:
    """Where a program logs in; away from home's own region, for a token that is bound to the region."""
    bound = page.me.who.place.region
    return page.base + (f"/identity/{segment(bound)}/v3" if bound else "/identity/v3")


def openrc(page: Page, secret: Secret) -> str:
    values = {
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_AUTH_URL": auth_url(page),
        "OS_APPLICATION_CREDENTIAL_ID": secret.id,
        "OS_APPLICATION_CREDENTIAL_SECRET": secret.text,
        "OS_REGION_NAME": page.region,
        "OS_IDENTITY_API_VERSION": "3",
        "OS_INTERFACE": "public",
    }
    lines = [f"export {name}='{value}'" for name, value in values.items() if re.fullmatch(r"[^']*", value)]
    return "\n".join(["unset $(env | sed -n 's/^\\(OS_[A-Z_]*\\)=.*/\\1/p')", *lines]) + "\n"


def _path(page: Page) -> str:
    return f"/identity/v3/users/{page.me.who.user_id}/application_credentials"


async def _show(page: Page, name: str = "", error: str = "", rules: str = "") -> Response:
    found = (await page.api.get(_path(page)))["application_credentials"]
    internal = page.desk.http.api_url
    endpoints = [
        (kind, region, page.base + url.removeprefix(internal) if url.startswith(internal) else url)
        for kind, region, url in page.me.who.endpoints
    ]
    return page.render(
        "access.html", 422 if error else 200, credentials=found, endpoints=sorted(endpoints), error=error,
        name=name or f"{names.invent()}-tool", recent=list(page.me.recent), rules=rules,
    )  # fmt: skip
