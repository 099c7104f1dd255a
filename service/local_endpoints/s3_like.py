"""An HTTP endpoint that speaks S3 as far as a published page needs it: PUT, GET, HEAD and ListObjectsV2.

Requests are signed by AWS Signature Version 4, which is checked; so is the hash of a body. What it keeps is
readable without a signature under the same address, as a public bucket is.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.local_endpoints.local_server import LocalServer

_SKEW_S: Final = 900
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_STATUS: Final = {
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "InvalidAccessKeyId": 403,
    "SignatureDoesNotMatch": 403,
    "RequestTimeTooSkewed": 403,
    "AccessDenied": 403,
    "SlowDown": 503,
    "XAmzContentSHA256Mismatch": 400,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as it lies there."""

    content: bytes
    media_type: str
    cache_control: str


class S3Like:
    """The endpoint; `async with S3Like() as provider` serves a bucket, path-style, on `provider.url`.

    `objects` is the truth about what it keeps, `order` the names as they were written. `failing` is a list of
    S3's error codes to answer before anything else, one per signed request.
    """

    def __init__(
        self, *, bucket: str = "announcements", failing: tuple[str, ...] = (), port: int = 0
    ) -> None:
        self.bucket = bucket
        self.region = "cn-north-1"
        self.key_id = "KEYOFTHELOCALENDPOINT"
        self.key_secret = "secret-of-the-local-endpoint"  # noqa: S105 - a server for tests, never a secret
        self.failing = list(failing)
        self.objects: dict[str, Kept] = {}
        self.order: list[str] = []
        self.clock_ahead_s = 0
        self._server = LocalServer(
            Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "PUT"])]), port
        )

    @property
    def url(self) -> str:
        """The endpoint's address, without the bucket."""
        return self._server.url

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        body = await request.body()
        bucket, _, name = request.path_params["path"].partition("/")
        signed = "authorization" in request.headers
        if signed and self.failing:
            return _error(self.failing.pop(0))
        if wrong := self._wrong(request, body) if signed else "":
            return _error(wrong)
        if bucket != self.bucket:
            return _error("NoSuchBucket")
        if request.method == "PUT":
            return self._put(request, name, body) if signed else _error("AccessDenied")
        if not name:
            return self._listed(request.query_params.get("prefix", "")) if signed else _error("AccessDenied")
        return self._get(name)

    def _put(self, request: Request, name: str, body: bytes) -> Response:
        self.objects[name] = Kept(
            body, request.headers.get("content-type", ""), request.headers.get("cache-control", "")
        )
        self.order.append(name)
        return Response(headers={"ETag": _etag(body)})

    def _get(self, name: str) -> Response:
        kept = self.objects.get(name)
        if kept is None:
            return _error("NoSuchKey")
        headers = {"ETag": _etag(kept.content), "Last-Modified": format_datetime(_now(), usegmt=True)}
        if kept.cache_control:
            headers["Cache-Control"] = kept.cache_control
        return Response(kept.content, media_type=kept.media_type, headers=headers)

    def _listed(self, prefix: str) -> Response:
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>{_now():%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>{escape(_etag(kept.content))}</ETag><Size>{len(kept.content)}</Size></Contents>"
            for name, kept in sorted(self.objects.items())
            if name.startswith(prefix)
        )
        return _xml(
            f"<ListBucketResult><Name>{self.bucket}</Name><IsTruncated>false</IsTruncated>{rows}"
            "</ListBucketResult>"
        )

    def _wrong(self, request: Request, body: bytes) -> str:
        """Which of S3's codes answers the signature; empty where it is right."""
        scheme, _, rest = request.headers["authorization"].partition(" ")
        given = dict(part.strip().split("=", 1) for part in rest.split(",")) if scheme else {}
        key_id, day, region, service, _ = given["Credential"].split("/")
        if key_id != self.key_id:
            return "InvalidAccessKeyId"
        stamp, hashed = request.headers["x-amz-date"], request.headers["x-amz-content-sha256"]
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs((_now() - at).total_seconds() + self.clock_ahead_s) > _SKEW_S:
            return "RequestTimeTooSkewed"
        if hashed not in {_UNSIGNED, hashlib.sha256(body).hexdigest()}:
            return "XAmzContentSHA256Mismatch"
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(request.query_params.multi_items())
        )
        names = given["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
        path = quote(request.url.path, safe="/-_.~")
        canonical = "\n".join((request.method, path, query, headers, given["SignedHeaders"], hashed))
        scope = f"{day}/{region}/{service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.key_secret}".encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        right = hmac.digest(key, text.encode(), "sha256").hex()
        return "" if hmac.compare_digest(right, given["Signature"]) else "SignatureDoesNotMatch"


def _error(code: str) -> Response:
    return _xml(f"<Error><Code>{code}</Code><Message>as the script says</Message></Error>", _STATUS[code])


def _xml(text: str, status: int = 200) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', status, media_type="application/xml")


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _now() -> datetime:
    return datetime.now(UTC)
