"""What S3 answers when it will not: a code, a sentence, what it is about, as XML. Names and statuses are Amazon's."""

from stacklab.core.errors import Failure
from stacklab.http.faults import Faults, Invalid
from stacklab.http.policy import Denied
from stacklab.http.reply import Reply
from stacklab.http.request import Request
from stacklab.objects.s3.xml import Node, document

MEDIA = "application/xml"
_KNOWN: dict[str, tuple[int, str]] = {
    "AccessDenied": (403, "Access Denied."),
    "AuthorizationHeaderMalformed": (400, "The authorization header is malformed."),
    "AuthorizationQueryParametersError": (400, "The query parameters of the signature are malformed."),
    "BadDigest": (400, "The Content-MD5 you specified did not match what we received."),
    "BucketAlreadyOwnedByYou": (409, "You made this bucket before and own it."),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty"),
    "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed object size."),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed object size."),
    "IncompleteBody": (400, "You did not provide the number of bytes that the headers announce."),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "InvalidArgument": (400, "Invalid Argument."),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidChunkSizeError": (403, "Only the last chunk may have less than 8192 bytes."),
    "InvalidDigest": (400, "The Content-MD5 you specified was invalid."),
    "InvalidLocationConstraint": (400, "The specified location constraint is not valid."),
    "InvalidPart": (400, "A part was not found, or has another entity tag than the one given."),
    "InvalidPartOrder": (400, "The list of parts was not in ascending order."),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable."),
    "InvalidRange": (416, "The requested range cannot be satisfied."),
    "InvalidRequest": (400, "Invalid Request."),
    "InvalidStorageClass": (400, "The storage class you specified is not valid."),
    "KeyTooLongError": (400, "Your key is too long."),
    "MalformedACLError": (400, "The XML you provided was not well-formed or is not an ACL."),
    "MalformedTrailerError": (400, "What followed the chunks is not what was announced."),
    "MalformedXML": (400, "The XML you provided was not well-formed or is not what is expected here"),
    "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
    "MissingContentLength": (411, "You must provide the Content-Length HTTP header."),
    "MissingSecurityHeader": (400, "Your request was missing a required header."),
    "NoSuchBucket": (404, "The specified bucket does not exist."),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchUpload": (404, "The multipart upload does not exist, or was completed or aborted."),
    "NoSuchVersion": (404, "The specified version does not exist."),
    "NotImplemented": (501, "Not implemented."),
    "ObjectLockConfigurationNotFoundError": (404, "Object Lock configuration does not exist for this bucket"),
    "OperationAborted": (409, "A conflicting conditional operation is currently in progress. Please try again."),
    "PreconditionFailed": (412, "At least one of the preconditions you specified did not hold."),
    "RequestTimeTooSkewed": (403, "The difference between the request time and the current time is too large."),
    "ServiceUnavailable": (503, "Please reduce your request rate."),
    "SignatureDoesNotMatch": (403, "The request signature we calculated does not match the one you provided."),
    "TooManyBuckets": (400, "You have attempted to create more buckets than allowed."),
    "UnexpectedContent": (400, "This request does not support content."),
    "UserKeyMustBeSpecified": (400, "The key of an object to delete is missing."),
    "XAmzContentSHA256Mismatch": (400, "The provided 'x-amz-content-sha256' header does not match the content."),
}
_BY_STATUS = {
    401: "AccessDenied", 403: "AccessDenied", 409: "OperationAborted", 411: "MissingContentLength",
    412: "PreconditionFailed", 413: "EntityTooLarge", 416: "InvalidRange", 422: "BadDigest", 503: "ServiceUnavailable",
    507: "ServiceUnavailable",
}  # fmt: skip


class S3Error(Failure):
    """`about`: further elements of the answer, such as BucketName."""

    def __init__(self, code: str, message: str = "", headers: dict[str, str] | None = None, **about: str) -> None:
        number, words = _KNOWN[code]
        super().__init__(message or words, code, headers)
        self.number, self.about = number, about


def translated(failure: Failure, bucket: str, key: str) -> S3Error:
    """A refusal of the object store in S3's terms."""
    if isinstance(failure, S3Error):
        return failure
    kept = {name: value for name, value in failure.headers.items() if name not in ("etag", "content-type")}
    if failure.status == 404:
        return S3Error("NoSuchKey", headers=kept, Key=key) if key else S3Error("NoSuchBucket", BucketName=bucket)
    code = _BY_STATUS.get(failure.status)
    if code:
        return S3Error(code, headers=kept)
    return S3Error("InvalidRequest" if failure.status < 500 else "InternalError", failure.message)


def ids(request: Request) -> dict[str, str]:
    """By which a request is asked after: Amazon has two, and both are the one."""
    return {"x-amz-request-id": request.ctx.request_id, "x-amz-id-2": request.ctx.request_id}


def _render(failure: Failure, request: Request) -> Reply:
    error = translated(failure, "", "")
    parts: list[Node] = [("Code", error.kind), ("Message", error.message), ("RequestId", request.ctx.request_id)]
    parts += [(name, value) for name, value in error.about.items() if value]
    headers = {**ids(request), **error.headers}
    return Reply(error.number, document("Error", parts, namespace=False), headers, MEDIA)


def _invalid(found: Invalid) -> Failure:
    return S3Error("InvalidArgument", found.reason)


def _denied(_failure: Denied, _request: Request) -> Failure:
    return S3Error("AccessDenied")


S3 = Faults(_render, _invalid, _denied)
