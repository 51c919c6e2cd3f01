"""One page that creates a server, with everything filled in."""

import re
import shlex

from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from stacklab.console import build, choices
from stacklab.console.build import Wish
from stacklab.console.calls import Call, masked
from stacklab.console.choices import Choices
from stacklab.console.commands import as_cli
from stacklab.console.faults import Fault
from stacklab.console.forms import Errors
from stacklab.console.page import Page

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}\Z")
COUNT_MAX = 10
USER_DATA_MAX = 48 * 1024  # bytes; Nova takes 64 KiB of base64


async def show(page: Page) -> Response:
    """Everything filled in; `?image=` is the image chosen elsewhere."""
    wanted = page.request.query_params.get("image", "")
    offered = await choices.load(page, wanted)
    return _form(page, offered, choices.defaults(offered, wanted))


async def preview(page: Page) -> Response:
    """The command line for the form as it is filled in now."""
    form = await page.form()
    return HTMLResponse(page.fragment("parts/preview.html", command=command(_wish(form), {})))


async def create(page: Page) -> Response:
    """Make what the form asks for; a refusal shows the form again with what was typed and what to do."""
    form = await page.form()
    offered = await choices.load(page, str(form.get("image", "")))
    page.api.calls.clear()  # the next page shows what creating took, not what drawing the form took
    wish = _wish(form)
    errors = _wrong(page, wish, offered)
    if errors:
        return _form(page, offered, _values(form), 422, errors)
    try:
        first = await _make(page, wish, offered)
    except Fault as fault:
        return _form(page, await choices.load(page, wish.image), _values(form), 422, Errors(form=page.explain(fault)))
    return page.go(f"/servers/{first}" if wish.count == 1 else "/servers")


async def _make(page: Page, wish: Wish, offered: Choices) -> str:
    """All calls, in order; returns the first server's id."""
    api = page.api
    key, private = await build.key_pair(api, wish, {pair["name"] for pair in offered.pairs})
    if private:
        handle = page.me.keep("key", key, private)
        page.say(key, "key", (handle,))
    if wish.ssh:
        await build.ssh_group(api)
    first = ""
    for name in wish.names():
        made = await api.post("/compute/v2.1/servers", build.body(wish, name, key))
        server = made["server"]["id"]
        first = first or server
        if wish.floating and offered.external:
            await _give_address(page, server, offered.external[0]["id"])
    page.desk.feeds.poke(page.me.who)
    return first


async def _give_address(page: Page, server: str, external: str) -> None:
    """Without an address the server is still worth having: say why there is none."""
    try:
        await build.floating_ip(page.api, server, external)
    except Fault as fault:
        page.say(page._("The server has no floating IP:") + " " + page.explain(fault), "err")


def _form(
    page: Page, offered: Choices, values: dict[str, str], status: int = 200, errors: Errors | None = None
) -> Response:
    image = next((i for i in offered.images if i["id"] == values["image"]), None)
    named = {thing["id"]: thing["name"] for thing in [*offered.images, *offered.flavors, *offered.networks]}
    return page.render(
        "create.html", status, offered=offered, values=values, errors=errors or Errors(), image=image,
        command=command(_wish(FormData(values)), named), count_max=COUNT_MAX,
    )  # fmt: skip


def command(wish: Wish, named: dict[str, str]) -> str:
    """`openstack server create …` for a wish, with names where we know them."""
    key = wish.key.removeprefix("pair:") if wish.key.startswith("pair:") else f"{wish.name}-key"
    body = masked(build.body(wish, wish.name or "NAME", "" if wish.key == choices.NO_KEY else key))
    text = as_cli(Call("POST", "/compute/v2.1/servers", 0, 0, "", body))
    for id, name in named.items():
        text = text.replace(f" {id}", f" {shlex.quote(name)}")
    return text


def _wish(form: FormData) -> Wish:
    count = str(form.get("count", "1"))
    return Wish(
        name=str(form.get("name", "")).strip(),
        image=str(form.get("image", "")),
        flavor=str(form.get("flavor", "")),
        network=str(form.get("network", "")),
        key=str(form.get("key", choices.NEW_KEY)),
        public_key=str(form.get("public_key", "")),
        floating=form.get("floating") == "on",
        ssh=form.get("ssh") == "on",
        user_data=str(form.get("user_data", "")).replace("\r\n", "\n"),
        count=int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0,
    )


def _values(form: FormData) -> dict[str, str]:
    fields = ("image", "flavor", "key", "public_key", "network", "floating", "ssh", "name", "count", "user_data")
    return {name: str(form.get(name, "")) for name in fields}


def _wrong(page: Page, wish: Wish, offered: Choices) -> Errors:
    """Field → what is wrong with it and what to do."""
    _, errors = page._, Errors()
    if not NAME.match(wish.name):
        errors["name"] = _(
            "A name has letters, digits, dots and hyphens, starts with a letter or digit, and is at most 63 long."
        )
    if not any(image["id"] == wish.image for image in offered.images):
        errors["image"] = _("Choose an image.")
    if not any(flavor["id"] == wish.flavor for flavor in offered.flavors):
        errors["flavor"] = _("Choose a size.")
    if wish.key == choices.PASTED_KEY and not wish.public_key.strip():
        errors["key"] = _("Paste the one line of your public key, or choose another way to sign in.")
    known = {f"pair:{pair['name']}" for pair in offered.pairs} | {choices.NEW_KEY, choices.PASTED_KEY, choices.NO_KEY}
    if wish.key not in known:
        errors["key"] = _("This key pair is not there any more. Choose another one.")
    if not 1 <= wish.count <= COUNT_MAX:
        errors["count"] = _("Between 1 and %(most)d servers at once.") % {"most": COUNT_MAX}
    if len(wish.user_data.encode()) > USER_DATA_MAX:
        errors["user_data"] = _("User data can be at most 48 KiB. Put the rest behind a URL that it fetches.")
    return errors
