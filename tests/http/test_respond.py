"""How the names of headers are written."""

from stacklab.http.respond import encoded


def test_what_people_named_themselves_has_capitals_as_from_swift() -> None:
    told = {"ETag": "e", "x-object-meta-my_note": "\xe9", "X-Container-Meta-o'neil": "1", "x-account-meta-\xe9a": "2"}
    assert encoded(told) == [
        (b"etag", b"e"),
        (b"X-Object-Meta-My_Note", b"\xe9"),
        (b"X-Container-Meta-O'Neil", b"1"),
        (b"X-Account-Meta-\xe9A", b"2"),
    ]
    assert encoded({"x-amz-meta-colour": "red", "X-Object-Version-Id": "v"}) == [
        (b"x-amz-meta-colour", b"red"),
        (b"x-object-version-id", b"v"),
    ]
