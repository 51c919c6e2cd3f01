"""ACLs of buckets: canned, by headers, by XML; what they let others do, and that what is shown is what is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.client import Client
from tests.support.regions import status

GROUPS = "http://acs.amazonaws.com/groups/global/"
Grants = list[tuple[str, str]]


def grants(s3: Any, bucket: str) -> Grants:
    """Whom it is shown to be granted to, the owner's own left out."""
    first, *rest = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    assert (first["Grantee"]["Type"], first["Permission"]) == ("CanonicalUser", "FULL_CONTROL")
    return [(one["Grantee"].get("URI", one["Grantee"].get("ID", "")).removeprefix(GROUPS), one["Permission"])
            for one in rest]  # fmt: skip


def code(call: Callable[..., Any], **more: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**more)
    return str(error.value.response["Error"]["Code"])


def group(name: str, permission: str) -> dict[str, Any]:
    return {"Grantee": {"Type": "Group", "URI": GROUPS + name}, "Permission": permission}


def person(id: str, permission: str) -> dict[str, Any]:
    return {"Grantee": {"Type": "CanonicalUser", "ID": id}, "Permission": permission}


@pytest.fixture(scope="module")
def bucket(site: Any) -> str:
    site.client().create_bucket(Bucket="acls")
    site.client().put_object(Bucket="acls", Key="k", Body=b"v")
    return "acls"


@pytest.fixture(scope="module")
def stranger(site: Any) -> Client:
    """Somebody of another project."""
    client = Client(site.node.host, site.node.port)
    client.post("/signup", {"email": "stranger@example.org", "password": "correct horse battery staple"})
    user = {"name": "stranger@example.org", "domain": {"id": "default"}, "password": "correct horse battery staple"}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}
    client.token = client.raw("POST", "/identity/v3/auth/tokens", body)[1]["x-subject-token"]
    project = client.get("/identity/v3/auth/projects")["projects"][0]["id"]
    body["auth"]["scope"] = {"project": {"id": project}}
    client.token = client.raw("POST", "/identity/v3/auth/tokens", body)[1]["x-subject-token"]
    return client


CANNED: list[tuple[str, Grants, tuple[int, int], tuple[int, int]]] = [
    # what is shown; reading an object and listing: without a name, by a stranger
    ("private", [], (401, 401), (403, 403)),
    ("public-read", [("AllUsers", "READ")], (200, 200), (200, 200)),
    ("public-read-write", [("AllUsers", "READ"), ("AuthenticatedUsers", "WRITE")], (200, 200), (200, 200)),
    ("authenticated-read", [("AuthenticatedUsers", "READ")], (401, 401), (200, 200)),
    ("bucket-owner-full-control", [], (401, 401), (403, 403)),
]


@pytest.mark.parametrize(("name", "shown", "nobody", "named"), CANNED, ids=[row[0] for row in CANNED])
def test_canned(
    s3: Any, site: Any, bucket: str, stranger: Client, name: str, shown: Grants, nobody: Any, named: Any
) -> None:
    s3.put_bucket_acl(Bucket=bucket, ACL=name)
    assert grants(s3, bucket) == shown
    path = f"/object-store/v1/AUTH_{site.project}/{bucket}"
    anonymous = Client(site.node.host, site.node.port)
    for client, wanted in ((anonymous, nobody), (stranger, named)):
        assert (status(client, "GET", f"{path}/k"), status(client, "GET", path)) == wanted
    writes = 201 if name == "public-read-write" else 403
    assert (status(anonymous, "PUT", f"{path}/new", b"x"), status(stranger, "PUT", f"{path}/new", b"x")) == (
        401,
        writes,
    )
    s3.create_bucket(Bucket=f"canned-{name}", ACL=name)
    assert grants(s3, f"canned-{name}") == shown
    s3.delete_bucket(Bucket=f"canned-{name}")


def test_grants_by_xml_and_by_headers(s3: Any, bucket: str) -> None:
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    own = person(owner["ID"], "FULL_CONTROL")
    rows: list[tuple[list[Any], Grants]] = [
        ([own], []),
        ([own, group("AllUsers", "READ")], [("AllUsers", "READ")]),
        ([group("AuthenticatedUsers", "READ"), group("AllUsers", "READ")],
         [("AllUsers", "READ"), ("AuthenticatedUsers", "READ")]),
        ([person("0123abcd", "READ"), person("0123abcd", "WRITE")], [("0123abcd", "READ"), ("0123abcd", "WRITE")]),
        ([person("project:user", "WRITE")], [("project:user", "WRITE")]),
    ]  # fmt: skip
    for given, shown in rows:
        s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Owner": owner, "Grants": given})
        assert grants(s3, bucket) == shown
    s3.put_bucket_acl(Bucket=bucket, GrantRead=f'uri="{GROUPS}AllUsers", id="0123abcd"', GrantWrite='id="ef"')
    assert grants(s3, bucket) == [("AllUsers", "READ"), ("0123abcd", "READ"), ("ef", "WRITE")]
    told = s3.get_bucket_acl(Bucket=bucket)
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Owner": owner, "Grants": told["Grants"]})
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"] == told["Grants"]
    assert s3.get_object_acl(Bucket=bucket, Key="k")["Grants"] == told["Grants"]


def test_refusals(s3: Any, bucket: str) -> None:
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    rows: list[tuple[list[Any], str]] = [
        ([], "MalformedACLError"),
        ([group("AllUsers", "SING")], "MalformedACLError"),
        ([group("AllUsers", "FULL_CONTROL")], "NotImplemented"),
        ([group("LogDelivery/x", "READ")], "InvalidArgument"),
        ([person(".rlistings,*:*", "READ")], "InvalidArgument"),
        ([person("*", "READ")], "InvalidArgument"),
    ]
    for given, wanted in rows:
        policy = {"Owner": owner, "Grants": given}
        assert code(s3.put_bucket_acl, Bucket=bucket, AccessControlPolicy=policy) == wanted
    assert code(s3.put_bucket_acl, Bucket=bucket) == "MissingSecurityHeader"
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="nonsense") == "InvalidArgument"
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="log-delivery-write") == "NotImplemented"
    assert code(s3.put_bucket_acl, Bucket=bucket, GrantRead="everybody") == "InvalidArgument"
    assert code(s3.put_bucket_acl, Bucket=bucket, ACL="private", GrantRead='id="a"') == "InvalidRequest"
    assert code(s3.put_object, Bucket=bucket, Key="k", ACL="nonsense") == "InvalidArgument"
    assert code(s3.put_object_acl, Bucket=bucket, Key="k", ACL="private") == "NotImplemented"
    assert code(s3.get_object_acl, Bucket=bucket, Key="none") == "NoSuchKey"
    assert code(s3.get_bucket_acl, Bucket="none-such") == "NoSuchBucket"
