"""Every page in both languages: it renders, keeps its secrets, escapes what people typed, and stays small."""

import gzip
import re
from typing import Any
from urllib.parse import quote

import pytest

from stacklab.console.desk import TEMPLATES

PAGES = [
    "/console", "/servers", "/servers/new", "/keypairs", "/security-groups", "/floating-ips", "/api", "/project",
    "/images", "/images/new", "/s3-keys", "/objects",
    "/account", "/account/delete", "/regions", "/status",
]  # fmt: skip
TITLES = {
    "/": ("Real OpenStack", "真正的 OpenStack"),
    "/login": ("Log in", "登录"),
    "/regions": ("Regions", "区域"),
    "/status": ("Status", "状态"),
    "/reset": ("Forgot your password", "忘记密码"),
    "/recover": ("Use a recovery code", "使用恢复码"),
    "/joined": ("Look into your mail", "请查收邮件"),
    "/project": ("Project", "项目"),
    "/account": ("Account", "账户"),
    "/account/delete": ("Delete the account", "删除账户"),
    "/console": ("Overview", "概览"),
    "/servers": ("Servers", "云主机"),
    "/servers/new": ("Create server", "创建云主机"),
    "/images": ("Images", "镜像"),
    "/images/new": ("New image", "新建镜像"),
    "/objects": ("Object storage", "对象存储"),
    "/s3-keys": ("S3 keys", "S3 密钥"),
    "/keypairs": ("Key pairs", "密钥对"),
    "/security-groups": ("Security groups", "安全组"),
    "/floating-ips": ("Floating IPs", "浮动 IP"),
    "/api": ("API access", "API 访问"),
}


@pytest.mark.parametrize("path", TITLES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_page_in_language(lin: Any, path: str, language: str) -> None:
    lin.cookies["lang"] = language
    answer = lin.get(path)
    assert answer.status == 200
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)
    assert heading
    assert heading[1].startswith(TITLES[path][language == "zh"])
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text


def test_accept_language_chooses(visitor: Any) -> None:
    assert 'lang="zh-CN"' in visitor.get("/", headers={"Accept-Language": "fr,zh;q=0.8,en;q=0.7"}).text
    assert '<html lang="en"' in visitor.get("/", headers={"Accept-Language": "fr;q=x"}).text


def test_no_token_ever_reaches_the_browser(site: Any, lin: Any) -> None:
    token = next(iter(site.cloud.tokens))
    server = site.cloud.add_server("web")
    for path in [*PAGES, f"/servers/{server}"]:
        answer = lin.get(path)
        assert token not in answer.text
        assert token not in str(answer.headers)
    assert token.encode() not in (site.state / "web/sessions.db").read_bytes()
    assert (site.state / "web/sessions.db").stat().st_mode & 0o077 == 0


def test_what_people_type_is_escaped(site: Any, lin: Any) -> None:
    evil = "<script>alert(1)</script>"
    server = site.cloud.add_server(evil, "ERROR", fault=f"boom {evil}")
    site.cloud.pairs[evil] = {"name": evil, "fingerprint": evil}
    image = site.cloud.images.add(evil, tags=[evil], status="queued", os_glance_failed_import=evil)
    site.cloud.objects.boxes[evil] = {f"{evil}'\"": b"", f"x{evil}": b""}
    others = [
        f"/images/{image}",
        f"/images?q={quote(evil)}",
        f"/objects/{quote(evil, safe='')}",
        f"/objects?marker={evil}",
    ]
    for path in [*PAGES, f"/servers/{server}", f"/servers?q={evil}", f"/login?next=/{evil}", *others]:
        assert evil not in lin.get(path).text


def test_headers_are_strict(lin: Any) -> None:
    answer = lin.get("/servers")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "HX-Request" in answer.headers["vary"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*src=)| on\w+=|style=", answer.text)


@pytest.mark.parametrize("path", ["/servers/new", "/images", "/images/new", "/objects/box"])
def test_cold_page_is_at_most_80_kb(site: Any, lin: Any, path: str) -> None:
    site.cloud.objects.boxes["box"] = {f"{number:x}{'name' * 20}": b"" for number in range(100)}
    for number in range(100):
        site.cloud.images.add(f"image {number}")
    page = lin.get(path, headers={"Accept-Encoding": "identity"}).text
    total = len(gzip.compress(page.encode()))
    for url in set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page)):
        total += int(lin.ask("HEAD", url, headers={"Accept-Encoding": "gzip"}).headers["content-length"])
    assert total <= 80_000


@pytest.mark.parametrize(
    ("path", "calls"),
    [("/images", 2), ("/images?show=public", 2), ("/images?show=shared", 4), ("/images/new", 1), ("/images/{}", 2),
     ("/objects", 1), ("/objects/box", 1), ("/servers/new", 5)],
)  # fmt: skip
def test_pages_ask_as_little_for_many_rows_as_for_one(site: Any, lin: Any, path: str, calls: int) -> None:
    lin.get("/account")  # shows the calls of signing up
    asked = []
    for count in (1, 60):
        site.cloud.objects.boxes["box"] = {f"name {number}": b"" for number in range(count)}
        site.cloud.objects.boxes |= {f"box {number}": {} for number in range(count)}
        images = [site.cloud.images.add(f"image {number}", visibility="shared") for number in range(count)]
        asked.append(lin.get(path.format(images[0])).text.partition('id="api"')[2].count('<span class="k">'))
    assert asked == [calls, calls]


def test_fault_of_a_service_becomes_a_page(site: Any, lin: Any) -> None:
    site.cloud.fail["GET /compute/v2.1/servers/detail"] = site.cloud.fault(500, "kaboom")
    answer = lin.get("/servers")
    assert answer.status == 502
    assert "Try again" in answer.text


def test_missing_pages(lin: Any) -> None:
    assert lin.get("/nothing/here").status == 404
    assert lin.get("/servers/00000000-0000-4000-8000-000000000000").status == 404
    assert lin.get("/servers/not-a-uuid").status == 404


def test_the_question_of_a_button_is_not_left_to_htmx() -> None:
    """It asks those of forms alone; a button's it passes over."""
    for file in TEMPLATES.rglob("*.html"):
        assert not re.search(r"<button[^>]* hx-confirm", file.read_text()), file.name
