"""A bucket on this machine that speaks S3 as far as a publisher needs it, and refuses what S3 refuses.

Signatures are worked out here from AWS's own description of Signature Version 4, so a wrong secret, region,
body or clock is found as a provider would find it. `test_bucket.py` holds the working out against AWS's
published example.
"""

import hashlib
import hmac
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Self
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

SITE = "/-site"
SKEW = timedelta(minutes=15)
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)


@dataclass
class Stored:
    content: bytes
    headers: dict[str, str]


@dataclass
class Fault:
    """What happens to a PUT instead: an answer with a status and a code, or a connection that is cut."""

    status: int = 0
    code: str = ""
    kept: bool = False


@dataclass
class S3:
    """The bucket `name`; `faults` are taken by the PUTs that come next, None for one that goes well."""

    name: str = "notices"
    region: str = "cn-hangzhou"
    keys: dict[str, str] = field(default_factory=lambda: {"AKIDEXAMPLE": "secret-hunter2"})
    readers: frozenset[str] = frozenset()
    ahead: timedelta = timedelta()
    page: int = 1000
    objects: dict[str, Stored] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    before_put: Callable[[str], None] = lambda _: None
    down: bool = False
    tls: SSLContext | None = None

    def __enter__(self) -> Self:
        handler = type("Bound", (Handler,), {"s3": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self._server.server_port}"

    @property
    def site(self) -> str:
        """The address under which anybody reads the objects, with `index.html` for a folder."""
        return self.endpoint + SITE

    def complaint(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> str:  # noqa: PLR0911 - one return for each refusal
        """Say by which code S3 would refuse a request; empty for none."""
        found = AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if not found:
            return "AccessDenied"
        key, day, region, signed, signature = found.groups()
        if key not in self.keys:
            return "InvalidAccessKeyId"
        at = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) + self.ahead - at) > SKEW:
            return "RequestTimeTooSkewed"
        if region != self.region:
            return "AuthorizationHeaderMalformed"
        if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
            return "XAmzContentSHA256Mismatch"
        ours = sign(self.keys[key], day, region, method, target, signed.split(";"), headers)
        if not hmac.compare_digest(ours, signature):
            return "SignatureDoesNotMatch"
        return "AccessDenied" if method == "PUT" and key in self.readers else ""


def sign(
    secret: str,
    day: str,
    region: str,
    method: str,
    target: str,
    signed: list[str],
    headers: Mapping[str, str],
) -> str:
    """Work out the signature of a request; `headers` have small letters and include x-amz-date."""
    where = urlsplit(target)
    query = sorted(
        f"{quote(unquote(name), safe='-_.~')}={quote(unquote(value), safe='-_.~')}"
        for name, _, value in (part.partition("=") for part in where.query.split("&") if part)
    )
    canonical = "\n".join(
        (
            method,
            quote(unquote(where.path), safe="/-_.~"),
            "&".join(query),
            *(f"{name}:{' '.join(headers[name].split())}" for name in signed),
            "",
            ";".join(signed),
            headers["x-amz-content-sha256"],
        )
    )
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            headers["x-amz-date"],
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request", to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


STATUS = {"AuthorizationHeaderMalformed": 400, "XAmzContentSHA256Mismatch": 400, "NoSuchBucket": 404}


class Handler(BaseHTTPRequestHandler):
    s3: S3
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self._admitted(body):
            return
        key = self._key()
        self.s3.before_put(key)
        fault = self.s3.faults.pop(0) if self.s3.faults else None
        if fault is None or fault.kept:
            kept = {name: self.headers[name] for name in ("content-type", "cache-control")}
            self.s3.objects[key] = Stored(body, kept)
            self.s3.puts.append(key)
        if fault is None:
            self._answer(200, b"", {"ETag": f'"{hashlib.md5(body).hexdigest()}"'})  # noqa: S324 - as S3 does
        elif fault.status:
            self._refuse(fault.code, fault.status)
        else:
            self.close_connection = True

    def do_GET(self) -> None:
        if self.path.startswith(SITE):
            name = unquote(urlsplit(self.path).path).removeprefix(f"{SITE}/")
            self._give(name + "index.html" if name.endswith("/") or not name else name)
        elif self._admitted(b""):
            self._give(self._key()) if self._key() else self._list()

    def _admitted(self, body: bytes) -> bool:
        headers = {name.lower(): value for name, value in self.headers.items()}
        wrong = self.s3.complaint(self.command, self.path, headers, body)
        if not wrong and urlsplit(self.path).path.split("/")[1] != self.s3.name:
            wrong = "NoSuchBucket"
        if self.s3.down:
            self._refuse("SlowDown", 503)
        elif wrong:
            self._refuse(wrong, STATUS.get(wrong, 403))
        return not (wrong or self.s3.down)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{self.s3.name}").lstrip("/")

    def _give(self, key: str) -> None:
        found = self.s3.objects.get(key)
        if found is None:
            self._refuse("NoSuchKey", 404)
            return
        etag = hashlib.md5(found.content).hexdigest()  # noqa: S324 - as S3 does
        last = {"ETag": f'"{etag}"', "Last-Modified": "Mon, 23 Nov 2026 03:00:00 GMT"}
        self._answer(200, found.content, {**found.headers, **last})

    def _list(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        [prefix] = asked.get("prefix", [""])
        [after] = asked.get("continuation-token", [""])
        keys = sorted(key for key in self.s3.objects if key.startswith(prefix) and key > after)
        shown, more = keys[: self.s3.page], len(keys) > self.s3.page
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-23T03:00:00.000Z</LastModified>"
            f"<Size>{len(self.s3.objects[key].content)}</Size></Contents>"
            for key in shown
        )
        token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
        said = (
            f"<ListBucketResult><Name>{self.s3.name}</Name><KeyCount>{len(shown)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{entries}</ListBucketResult>"
        )
        self._answer(200, said.encode(), {"Content-Type": "application/xml"})

    def _refuse(self, code: str, status: int) -> None:
        # What a provider says besides: the key, and all that was signed.
        said = (
            f"<Error><Code>{code}</Code><Message>no</Message>"
            f"<AWSAccessKeyId>{next(iter(self.s3.keys))}</AWSAccessKeyId></Error>"
        )
        self._answer(status, said.encode(), {"Content-Type": "application/xml"})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
