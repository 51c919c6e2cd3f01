"""A stranger in a browser: signs up, presses Create, and logs in over SSH from outside with the key that was saved."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.chromium import launched
from tests.support.node import Node
from tests.support.ssh import Ssh

pytestmark = [pytest.mark.host, pytest.mark.browser]


def test_from_the_landing_page_to_ssh(cloud: Node, keys: Path) -> None:
    """Two fields, two clicks, then the SSH line that the page shows is true."""
    with launched() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US").new_page()
        page.goto(cloud.url)
        page.fill("#email", "newcomer@example.org")
        page.fill("#password", "correct horse battery")
        page.click("#signup button[type=submit]")  # first click
        page.wait_for_url("**/servers/new")
        with page.expect_download() as download:
            page.click(".go button")  # second click
        key = keys / "newcomer.pem"
        key.write_bytes(download.value.path().read_bytes())
        key.chmod(0o600)
        page.wait_for_url(re.compile(r"/servers/[0-9a-f]{8}-"))
        server = page.url.rpartition("/")[2]
        expect(page.locator("#live-head .st")).to_have_text("Running", timeout=60_000)
        line = page.locator("#ssh").inner_text()
        page.goto(f"{cloud.url}/servers")
        expect(page.locator(f"tr:has(a[href*='{server}']) .st")).to_have_text("Running")
        name = page.locator(f"a[href$='{server}']").first.inner_text()
    found = re.search(r"ssh (\w+)@([\d.]+)", line)
    assert found
    assert cloud.namespaces
    ssh = Ssh(cloud.namespaces.outside, found[2], key, found[1]).wait()
    assert ssh.run("hostname") == name.strip()
    meta = json.loads(ssh.run("wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json"))
    assert meta["uuid"] == server
    assert (
        ssh.run("ping -c1 -W2 $(ip route | sed -n 's/default via \\([0-9.]*\\).*/\\1/p') >/dev/null && echo reached")
        == "reached"
    )
