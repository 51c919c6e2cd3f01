"""Container and account ACLs, and the verdict on a caller. Refusals are in the words of a real Swift."""

import pytest
from msgspec.structs import replace

from stacklab.core.errors import BadRequest
from stacklab.http.context import NOBODY, Caller
from stacklab.objects import account_acl, acl, rights
from stacklab.objects.rights import Deed, Verdict

OWN, OTHER = "p1", "p2"


def caller(project: str = OWN, *roles: str, user: str = "u1", domain: str = "default") -> Caller:
    return Caller(
        user, f"{user}-name", domain, frozenset(roles), project_id=project, project_name=f"{project}-name",
        project_domain_id=domain,
    )  # fmt: skip


def deed(method: str = "GET", read: str = "", account: str = "", referer: str = "", obj: bool = True) -> Deed:
    return Deed(method, OWN, "default", True, obj, acl.parse(read), account_acl.parse(account), referer)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("bob , sue", "bob,sue"),
        ("bob,,,sue", "bob,sue"),
        (".referrer : *", ".r:*"),
        (".ref:*.example.com", ".r:.example.com"),
        (".r: - *.example.com", ".r:-.example.com"),
        (".r:*, .rlistings", ".r:*,.rlistings"),
        ("p:u,*:*", "p:u,*:*"),
        ("", ""),
    ],
)
def test_clean(given: str, kept: str) -> None:
    assert acl.clean("X-Container-Read", given) == kept


@pytest.mark.parametrize(
    ("header", "given", "words"),
    [
        ("x-container-read", ".r:", "No host/domain value after referrer designation in ACL: '.r:'"),
        ("x-container-read", ".r:-", "No host/domain value after referrer designation in ACL: '.r:-'"),
        ("x-container-write", ".r:*", "Referrers not allowed in write ACL: '.r:*'"),
        ("x-container-read", ".foo:bar", "Unknown designator '.foo' in ACL: '.foo:bar'"),
    ],
)
def test_what_is_not_an_acl(header: str, given: str, words: str) -> None:
    with pytest.raises(BadRequest) as refused:
        acl.clean(header, given)
    assert refused.value.message == words


@pytest.mark.parametrize(
    ("rules", "referer", "good"),
    [
        (".r:*", "", True),
        (".r:*", "http://a.b/c", True),
        (".r:a.b", "http://a.b/c", True),
        (".r:a.b", "http://x.a.b/c", False),
        (".r:.example.com", "https://www.example.com/", True),
        (".r:.example.com,.r:-thief.example.com", "https://thief.example.com/", False),
        (".r:-thief.example.com,.r:*", "https://thief.example.com/", True),
        (".r:*,.r:-.thief.com", "http://a.thief.com", False),
        (".r:a.b", "http://[broken", False),
        ("p:u", "http://a.b", False),
    ],
)
def test_referrers(rules: str, referer: str, good: bool) -> None:
    assert acl.referred(acl.parse(rules), referer) is good


MEMBER, READER, STRANGER = caller(OWN, "member"), caller(OWN, "reader"), caller(OTHER, "member", user="u2")
ROLE_ONLY = caller(OWN, "auditor", user="u3")


@pytest.mark.parametrize(
    ("who", "what", "verdict"),
    [
        (MEMBER, deed(), Verdict.OWNER),
        (MEMBER, deed("PUT"), Verdict.OWNER),
        (READER, deed(), Verdict.ALLOWED),
        (READER, deed("PUT"), Verdict.DENIED),
        (STRANGER, deed(), Verdict.DENIED),
        (NOBODY, deed(), Verdict.DENIED),
        (NOBODY, deed(read=".r:*"), Verdict.ALLOWED),
        (NOBODY, deed(read=".r:*", obj=False), Verdict.DENIED),
        (NOBODY, deed(read=".r:*,.rlistings", obj=False), Verdict.ALLOWED),
        (NOBODY, deed(read="*:*"), Verdict.DENIED),
        (STRANGER, deed(read="p2:u2"), Verdict.ALLOWED),
        (STRANGER, deed(read="p2:*"), Verdict.ALLOWED),
        (STRANGER, deed(read="*:u2"), Verdict.ALLOWED),
        (STRANGER, deed(read="*:*"), Verdict.ALLOWED),
        (STRANGER, deed(read="p2-name:u2-name"), Verdict.ALLOWED),
        (STRANGER, deed(read="p2:u1"), Verdict.DENIED),
        (STRANGER, deed(read="member"), Verdict.DENIED),
        (ROLE_ONLY, deed(), Verdict.DENIED),
        (ROLE_ONLY, deed(read="Auditor"), Verdict.ALLOWED),
        (caller(OTHER, "ResellerAdmin"), deed("DELETE"), Verdict.OWNER),
        (caller(OTHER, "admin", user="u2"), deed("DELETE"), Verdict.OWNER),
        (STRANGER, deed(account='{"read-only":["p2:u2"]}'), Verdict.ALLOWED),
        (STRANGER, deed("PUT", account='{"read-only":["p2:u2"]}'), Verdict.DENIED),
        (STRANGER, deed("PUT", account='{"read-write":["p2"]}'), Verdict.ALLOWED),
        (STRANGER, deed("POST", account='{"admin":["*:u2"]}'), Verdict.OWNER),
    ],
)
def test_verdict(who: Caller, what: Deed, verdict: Verdict) -> None:
    assert rights.weigh(who, what) == verdict


def test_names_count_in_the_default_domain_only() -> None:
    named = deed(read="p2-name:u2-name")
    assert rights.weigh(caller(OTHER, "member", user="u2", domain="d9"), named) == Verdict.DENIED
    assert rights.weigh(STRANGER, replace(named, domain_id="d9")) == Verdict.DENIED
    assert rights.weigh(STRANGER, replace(named, domain_id="")) == Verdict.DENIED


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_accounts_are_made_and_deleted_by_resellers(method: str) -> None:
    account = Deed(method, OWN)
    assert rights.weigh(MEMBER, account) == Verdict.DENIED
    assert rights.weigh(caller(OTHER, "ResellerAdmin"), account) == Verdict.OWNER
    assert rights.weigh(MEMBER, replace(account, method="POST")) == Verdict.OWNER


def test_read_write_sees_the_account_and_changes_it_not() -> None:
    lists = account_acl.parse('{"read-write":["p2:u2"]}')
    assert rights.weigh(STRANGER, Deed("GET", OWN, account_rules=lists)) == Verdict.ALLOWED
    assert rights.weigh(STRANGER, Deed("POST", OWN, account_rules=lists)) == Verdict.DENIED


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ('{"admin":3}', 'Value for key "admin" must be a list'),
        ('{"admin":[3]}', 'Elements of "admin" list must be strings'),
        ('{"boss":[]}', 'Key "boss" not recognized'),
        ("nonsense", "Syntax error in input ('nonsense')"),
        ("[]", "Syntax error in input ('[]')"),
    ],
)
def test_what_is_not_an_account_acl(given: str, wrong: str) -> None:
    with pytest.raises(BadRequest) as refused:
        account_acl.clean(given)
    assert refused.value.message == f"X-Account-Access-Control invalid: {wrong}\n\nInput: {given}\n"


def test_account_acl_is_kept_as_given() -> None:
    assert account_acl.clean('{"admin":["a:b"]}') == '{"admin":["a:b"]}'
    assert account_acl.clean("") == ""
    assert account_acl.parse("") is account_acl.NOBODY
