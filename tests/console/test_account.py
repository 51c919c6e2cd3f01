"""My account: password, sessions, second step, deletion; and the mail links of those who are outside."""

import re
from typing import Any

import pytest

from stacklab.console import qr
from stacklab.console.pages.account import device

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
ME, PASSWORD = "lin@example.org", "correct horse battery"


def log_in(site: Any, agent: str = FIREFOX) -> Any:
    other = site.visitor()
    other.headers["User-Agent"] = agent
    assert other.post("/login", {"name": ME, "password": PASSWORD}).status == 303
    return other


def test_password_change_keeps_this_session_and_ends_the_others(site: Any, lin: Any) -> None:
    other = log_in(site)
    fields = {"old": PASSWORD, "new": "another horse battery"}
    assert lin.post("/account/password", fields, lin.token("/account")).headers["location"] == "/account"
    assert "your other sessions were ended" in lin.get("/account").text
    assert site.cloud.users[ME] == "another horse battery"
    assert other.get("/account").status == 303


@pytest.mark.parametrize(
    ("old", "new", "said"), [("wrong", "long enough 1", "not your present"), (PASSWORD, "x", "at least 10")]
)
def test_password_change_refused(site: Any, lin: Any, old: str, new: str, said: str) -> None:
    answer = lin.post("/account/password", {"old": old, "new": new}, lin.token("/account"))
    assert answer.status == 422
    assert said in answer.text
    assert lin.get("/servers").status == 200


def test_sessions_are_listed_and_ended_one_by_one(site: Any, lin: Any) -> None:
    other, third = log_in(site), log_in(site, "curl/8.9")
    text = lin.get("/account").text
    assert "Firefox · Linux" in text
    assert "curl/8.9" in text
    assert "127.0.0.1" in text
    id = re.search(r'name="id" value="([0-9a-f]{64})" aria-label="End the session Firefox', text)
    assert id
    assert other.cookies["sl_session"] not in text
    lin.post("/account/sessions", {"id": id[1]}, lin.token("/account"))
    assert other.get("/servers").status == 303
    assert third.get("/servers").status == 200
    lin.post("/account/sessions", {}, lin.token("/account"))
    assert third.get("/servers").status == 303
    assert lin.get("/servers").status == 200
    assert len(site.cloud.tokens) == 1  # the others' tokens were revoked


def test_nobody_ends_a_stranger_s_session(site: Any, lin: Any) -> None:
    wei = site.visitor()
    wei.sign_up("wei@example.org")
    session = site.console.state.desk.sessions.find(wei.cookies["sl_session"])
    site.run(lambda: setattr(session, "who", session.who))
    stored = site.console.state.desk.sessions
    site.run(lambda: stored._database.execute("UPDATE sessions SET user_id = 'wei' WHERE id = ?", (session.id,)))
    lin.post("/account/sessions", {"id": session.id}, lin.token("/account"))
    assert wei.get("/servers").status == 200


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (FIREFOX, "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("python-requests/2.32 x", "python-requests/2.32"),
        ("", ""),
    ],
)
def test_device(agent: str, said: str) -> None:
    assert device(agent) == said


def enrol(lin: Any) -> Any:
    page = lin.post("/account/totp", {}, lin.token("/account"))
    assert page.status == 200
    handle = re.search(r'name="handle" value="([^"]+)"', page.text)
    assert handle
    return page.text, handle[1]


def test_second_step_is_set_up_and_asked_for(site: Any, lin: Any) -> None:
    text, handle = enrol(lin)
    assert '<path d="M4 4h7v1h-7z' in text  # the first row of a finder pattern, inside the quiet zone
    assert "JBSWY3DPEHPK3PXP" in text
    wrong = lin.post("/account/totp/confirm", {"handle": handle, "code": "000000"}, lin.token("/account"))
    assert wrong.status == 422
    assert "JBSWY3DPEHPK3PXP" in wrong.text
    codes = lin.post("/account/totp/confirm", {"handle": handle, "code": "123 456"}, lin.token("/account"))
    assert "aaaaa-bbbbb-ccccc-9" in codes.text
    assert "recovery codes are left" in lin.get("/account").text

    visitor = site.visitor()
    first = visitor.post("/login", {"name": ME, "password": PASSWORD, "next": "/keypairs"})
    step = re.search(r'name="step" value="([^"]+)"', first.text)
    assert step
    assert "receipt of" not in first.text
    assert "sl_session" not in visitor.cookies
    again = visitor.post("/login/code", {"step": step[1], "code": "111111"})
    assert again.status == 422
    assert site.visitor().post("/login/code", {"step": step[1], "code": "123456"}).status == 422  # another browser
    answer = visitor.post("/login/code", {"step": step[1], "code": "123456"})
    assert (answer.status, answer.headers["location"]) == (303, "/keypairs")
    assert visitor.post("/login/code", {"step": step[1], "code": "123456"}).status == 422  # good once


def test_second_step_is_turned_off(site: Any, lin: Any) -> None:
    site.cloud.codes[ME] = "123456"
    lin.post("/account/totp/disable", {"code": "9"}, lin.token("/account"))
    assert "code is wrong" in lin.get("/account").text
    assert "aaaaa" in lin.post("/account/totp/codes", {"code": "123456"}, lin.token("/account")).text
    lin.post("/account/totp/disable", {"code": "123456"}, lin.token("/account"))
    assert "password alone" in lin.get("/account").text


def test_recovery_code_lets_in_without_the_phone(site: Any, lin: Any) -> None:
    site.cloud.codes[ME] = "123456"
    visitor = site.visitor()
    fields = {"email": ME, "password": PASSWORD, "code": "wrong"}
    assert "do not fit together" in visitor.post("/recover", fields).text
    assert "second step is off" in visitor.post("/recover", fields | {"code": "right"}).text
    assert visitor.post("/login", {"name": ME, "password": PASSWORD}).status == 303


def test_account_is_deleted_by_name_and_password(site: Any, lin: Any) -> None:
    def attempt(name: str, password: str) -> Any:
        return lin.post("/account/delete", {"name": name, "password": password}, lin.token("/account/delete"))

    assert "not the name" in attempt("lin", PASSWORD).text
    assert "password is wrong" in attempt(ME, "x").text
    assert "is deleted" in attempt(ME.upper(), PASSWORD).text
    assert ME not in site.cloud.users
    assert lin.get("/servers").status == 303


def test_lock_out_says_how_long(site: Any, visitor: Any) -> None:
    refusal = site.cloud.fault(429, "Too many")
    refusal.headers["Retry-After"] = "121"
    site.cloud.fail["POST /identity/v3/auth/tokens"] = refusal
    answer = visitor.post("/login", {"name": ME, "password": "x"})
    assert answer.status == 429
    assert "Wait 3 minutes" in answer.text


def test_verification_by_mail(site: Any, visitor: Any) -> None:
    site.cloud.signup_rules |= {"verification": True, "reset": True}
    assert 'name="password"' not in visitor.get("/").text
    answer = visitor.post("/join", {"email": ME})
    assert "on its way" in answer.text
    assert ME not in site.cloud.users
    assert "on its way" in visitor.post("/resend", {"email": ME}).text
    page = visitor.get("/verify?token=mailed").text
    assert ME in page
    assert '<input type="hidden" name="token" value="mailed">' in page  # what a browser sends back
    assert "mailed" in site.cloud.links  # looking used nothing up: mail scanners look too
    assert "too short" in visitor.post("/verify", {"token": "mailed", "password": "x"}).text
    answer = visitor.post("/verify", {"token": "mailed", "password": PASSWORD})
    assert answer.headers["location"] == "/servers/new"
    assert visitor.get("/verify?token=mailed").status == 404


def test_forgotten_password(site: Any, visitor: Any) -> None:
    site.cloud.users[ME] = "forgotten"
    assert "has an account here" in visitor.post("/reset", {"email": ME}).text
    assert visitor.get("/verify?token=mailed").status == 404  # a link of one kind opens nothing of the other
    page = visitor.get("/reset?token=mailed").text
    assert ME in page
    assert '<input type="hidden" name="token" value="mailed">' in page
    done = visitor.post("/reset", {"token": "mailed", "password": PASSWORD})
    assert "Log in with the new one" in done.text
    assert visitor.post("/login", {"name": ME, "password": PASSWORD}).status == 303
    assert visitor.post("/reset", {"token": "mailed", "password": PASSWORD}).status == 404


def test_proof_of_work_is_passed_on(site: Any, visitor: Any) -> None:
    site.cloud.signup_rules["proof"] = {"needed": True, "bits": 17, "mail": True}
    text = visitor.get("/").text
    assert re.search(r'data-puzzle="/static/\w+/console/puzzle.js"', text)
    assert "Without JavaScript we mail you" in text
    visitor.post("/join", {"email": ME, "password": PASSWORD, "challenge": "t", "nonce": "42"})
    assert site.cloud.proofs == [{"text": "t", "nonce": "42"}]


def test_proof_that_is_missing_is_explained(site: Any, visitor: Any) -> None:
    site.cloud.signup_rules["proof"] = {"needed": True, "bits": 17, "mail": False}
    site.cloud.fail["POST /signup"] = site.cloud.fault(428, "proof needed")
    answer = visitor.post("/join", {"email": ME, "password": PASSWORD})
    assert answer.status == 422
    assert "small puzzle" in answer.text


def test_secrets_stay_out_of_the_call_log(site: Any, lin: Any) -> None:
    lin.post("/account/password", {"old": PASSWORD, "new": "another horse battery"}, lin.token("/account"))
    _text, handle = enrol(lin)
    lin.post("/account/totp/confirm", {"handle": handle, "code": "123456"}, lin.token("/account"))
    text = lin.get("/api").text
    for secret in ("another horse", PASSWORD, "123456", "fake-token"):
        assert secret not in text


def test_qr_code_is_what_segno_draws() -> None:
    drawing = qr.draw("otpauth://totp/x?secret=ABC")
    assert drawing.side >= 21 + 8
    assert re.fullmatch(r"(M\d+ \d+h\d+v1h-\d+z)+", drawing.path)
