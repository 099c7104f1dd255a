"""A bucket of public files, at any provider that speaks S3."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from notifiers.errors import Misconfigured, NotifierError, Unreachable
from notifiers.web_line import host_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Credential

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
# A version never changes; of everything else the newest is wanted, a withdrawal above all.
_FOR_EVER: Final = re.compile(r"v[0-9]+\.(html|json)")
_KEPT: Final = "public, max-age=31536000, immutable"
_ASKED_FOR: Final = "no-cache"

_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_STATUS: Final = re.compile(r"status code: ([0-9]{3})\b")


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and the key that may list, read and write it.

    `endpoint` is the provider's address without the bucket's name. With `by_host` the name is put before
    it, as AWS, Aliyun OSS and Tencent COS want it; without, after it, as MinIO does. `prefix` is the folder
    that everything goes into. The authorities in `ca_file` are trusted beside the system's. `connect` and
    `reply` are seconds.
    """

    endpoint: str
    name: str
    key_id: str = field(repr=False)
    key_secret: str = field(repr=False)
    region: str = "us-east-1"
    prefix: str = ""
    by_host: bool = True
    ca_file: Path | None = None
    connect: float = 5.0
    reply: float = 15.0


class BucketShelf:
    """Puts files into a bucket; S3 shows the old object or the new one, never a part.

    A bucket has no lock, so `alone` keeps nobody out. Codes: `announcement.bucket.base_url`, `.cleartext`,
    `.credentials`, `.denied`, `.missing`, `.region`, `.clock`, `.refused` and `tls.unverified`,
    `tls.authorities` are `Misconfigured`; `announcement.bucket.unreachable` and `.busy` are `Unreachable`.
    No error has the provider's words: a refused signature is answered with what was signed.

    Raises:
        Misconfigured: on construction, for an endpoint or a CA file that cannot serve.

    """

    def __init__(self, bucket: Bucket) -> None:
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix.strip("/") or None,
            region=bucket.region,
            virtual_hosted_style_request=bucket.by_host,
            # What the environment says of AWS is meant for something else; this endpoint goes before any.
            aws_endpoint_url_s3=_endpoint(bucket),
            skip_signature=False,
            credential_provider=_key(bucket),
            client_options=_client(bucket),
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep nobody out."""
        yield

    def names(self) -> list[str]:
        """Name every object below the prefix."""
        with _judging():
            return [each["path"] for batch in obstore.list(self._store) for each in batch]

    def read(self, name: str) -> bytes | None:
        """Read an object; None where there is none."""
        with _judging():
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError as error:
                if _said(error) == "NoSuchBucket":
                    raise
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put an object, with the media type and the rule for caches that its name asks for."""
        path = PurePosixPath(name)
        cached = _KEPT if _FOR_EVER.fullmatch(path.name) else _ASKED_FOR
        with _judging():
            obstore.put(
                self._store,
                name,
                content,
                attributes={"Content-Type": _TYPES[path.suffix], "Cache-Control": cached},
                use_multipart=False,
            )

    def check(self) -> None:
        """See that the key may list the bucket; whether it may write there, only writing shows."""
        self.names()


def _endpoint(bucket: Bucket) -> str:
    host = host_of("announcement.bucket", bucket.endpoint)
    where = urlsplit(bucket.endpoint)
    before = f"{bucket.name}." if bucket.by_host else ""
    return f"{where.scheme}://{before}{host}{where.path.rstrip('/')}"


def _key(bucket: Bucket) -> "Callable[[], S3Credential]":
    # Handed over by a function, because what the store is made with is printed with it.
    return lambda: {
        "access_key_id": bucket.key_id,
        "secret_access_key": bucket.key_secret,
        "token": None,
        "expires_at": None,
    }


def _client(bucket: Bucket) -> "ClientConfig":
    options: ClientConfig = {
        "allow_http": bucket.endpoint.startswith("http:"),
        "connect_timeout": timedelta(seconds=bucket.connect),
        "timeout": timedelta(seconds=bucket.reply),
    }
    if bucket.ca_file:
        try:
            options["root_certificate"] = bucket.ca_file.read_bytes()
        except OSError:
            raise Misconfigured("tls.authorities", "the CA file cannot be read") from None
    return options


@contextmanager
def _judging() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise _judged(error) from None


def _said(error: Exception) -> str:
    """Find S3's own code in an answer; empty where none came."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _judged(error: Exception) -> NotifierError:
    text = str(error)
    match _said(error):
        case "NoSuchBucket":
            return Misconfigured("announcement.bucket.missing", "the endpoint knows no such bucket")
        case "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidToken" | "ExpiredToken":
            return Misconfigured("announcement.bucket.credentials", "the bucket does not know the key")
        case "RequestTimeTooSkewed":
            return Misconfigured(
                "announcement.bucket.clock", "this machine's clock is too far from the bucket's: set it right"
            )
        case "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect":
            return Misconfigured(
                "announcement.bucket.region", "the bucket is in another region, or at another endpoint"
            )
    status = _STATUS.search(text)
    return _judged_by(int(status[1])) if status else _never_answered(text)


def _judged_by(status: int) -> NotifierError:
    if status in (408, 425, 429) or status >= 500:  # noqa: PLR2004 - what HTTP calls the server's own fault
        return Unreachable(None, "announcement.bucket.busy", "the bucket takes nothing now")
    if status == 403:  # noqa: PLR2004 - Forbidden
        return Misconfigured("announcement.bucket.denied", "the key may not list, read and write the bucket")
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return Misconfigured("announcement.bucket.credentials", "the bucket does not know the key")
    return Misconfigured("announcement.bucket.refused", f"the endpoint answers {status}")


def _never_answered(text: str) -> NotifierError:
    if "InvalidCertificate" in text:
        return Misconfigured("tls.unverified", "the certificate is not to be trusted")
    if "redirect without LOCATION" in text:
        return Misconfigured(
            "announcement.bucket.region", "the bucket is in another region, or at another endpoint"
        )
    return Unreachable(None, "announcement.bucket.unreachable", "the endpoint does not answer")
