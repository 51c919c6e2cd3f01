"""Key pairs: make one and take the private key home, bring your own, delete. And secrets that are shown once."""

import re

from starlette.responses import PlainTextResponse, Response

from stacklab.console import names
from stacklab.console.client import segment
from stacklab.console.faults import Fault
from stacklab.console.page import Page, safe_next

PAIRS = "/compute/v2.1/os-keypairs"
NAME = re.compile(r"[A-Za-z0-9_. @-]{1,255}\Z")


async def show(page: Page) -> Response:
    return await _list(page)


async def create(page: Page) -> Response:
    """Generate (`how=new`) or import (`how=paste`)."""
    form = await page.form()
    name, public = str(form.get("name", "")).strip(), str(form.get("public_key", "")).strip()
    how = str(form.get("how", "new"))
    if not NAME.match(name):
        return await _list(
            page, name, public, page._("A name has letters, digits, spaces and . _ - @, at most 255 of them."), how
        )
    if how == "paste" and not public:
        return await _list(page, name, public, page._("Paste the one line of your id_ed25519.pub file."), how)
    pair = {"name": name, "type": "ssh"} | ({"public_key": public} if how == "paste" else {})
    try:
        made = (await page.api.post(PAIRS, {"keypair": pair}))["keypair"]
    except Fault as fault:
        return await _list(page, name, public, page.explain(fault), how)
    if made.get("private_key"):
        page.say(name, "key", (page.me.keep("key", name, made["private_key"]),))
    else:
        page.say(page._("Key pair %(name)s added.") % {"name": name})
    return page.go("/keypairs")


async def delete(page: Page) -> Response:
    form = await page.form()
    name = str(form.get("name", ""))
    try:
        await page.api.delete(f"{PAIRS}/{segment(name)}")
        page.say(page._("Key pair %(name)s deleted. Servers that have it keep it.") % {"name": name})
    except Fault as fault:
        page.say(page.explain(fault), "err")
    return page.go("/keypairs")


async def download(page: Page) -> Response:
    """The private key as a file, for as long as this session holds it."""
    secret = page.me.secret(str(page.request.path_params["handle"]))
    if secret is None or secret.kind != "key":
        text = page._("This private key is no longer held here. Nobody can show it again: make a new key pair.")
        return page.render("missing.html", 404, message=text)
    file = re.sub(r"[^A-Za-z0-9._-]", "-", secret.name) + ".pem"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Cache-Control": "no-store"}
    return PlainTextResponse(secret.text, media_type="application/x-pem-file", headers=headers)


async def forget(page: Page) -> Response:
    """The person has it safe: drop it now."""
    form = await page.form()
    page.me.forget(str(page.request.path_params["handle"]))
    return page.go(safe_next(str(form.get("next", "/servers"))))


async def _list(page: Page, name: str = "", public: str = "", error: str = "", how: str = "new") -> Response:
    pairs = [item["keypair"] for item in (await page.api.get(PAIRS))["keypairs"]]
    status = 422 if error else 200
    name = name or f"{names.invent()}-key"
    return page.render("keypairs.html", status, pairs=pairs, name=name, public=public, error=error, how=how)
