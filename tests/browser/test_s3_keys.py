"""Keys for S3 in a browser: the secret is shown once, the commands beside it work, a deleted key is refused."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def shell(text: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run what the page says, in an environment of its own."""
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "RCLONE_CONFIG": str(home / "rclone.conf")}
    (home / "rclone.conf").touch()
    return subprocess.run(["bash", "-ec", text], capture_output=True, text=True, timeout=60, check=False, env=environ)


def test_a_key_works_and_its_secret_is_shown_once(
    open_page: Callable[..., Page], sign_up: Callable[[Page], str], check_page: Callable[[Page], None], tmp_path: Path
) -> None:
    page = open_page()
    sign_up(page)
    page.get_by_role("link", name="S3 keys").first.click()
    expect(page.get_by_text("No keys yet.")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="New key").click()
    expect(page.get_by_role("heading", name="Save this secret")).to_be_visible()
    check_page(page)
    secret = page.locator(".secret code").last.inner_text()
    rclone = page.get_by_label("rclone", exact=True).inner_text()
    s3cmd = page.get_by_label("s3cmd", exact=True).inner_text()
    assert secret in rclone
    assert shell(f"{rclone}\nrclone mkdir stacklab:by-key", tmp_path).returncode == 0
    listed = shell(s3cmd, tmp_path)
    assert "s3://by-key" in listed.stdout, listed.stderr
    page.reload()
    expect(page.get_by_role("heading", name="How to use it")).to_be_visible()
    assert secret not in page.content()
    check_page(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No keys yet.")).to_be_visible()
    assert shell(s3cmd, tmp_path).returncode != 0
