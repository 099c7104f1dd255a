"""A shelf in a bucket that speaks S3: Amazon's, Aliyun OSS, Tencent COS, MinIO and their like.

A PUT of one object is whole or nothing, which is all that a shelf asks. There is no lock: the publisher
looks again after it has written what lists everything.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

import obstore
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from notifiers.errors import Misconfigured, NotifierError, Unreachable

_CONNECT_S = 10
_REPLY_S = 30
_TRIES_S = 40
# What a browser makes of each; a page must come as a page, and none is to be guessed at.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/atom+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}
# Versions never change; everything else may be corrected at any minute.
_FOR_EVER = "public, max-age=31536000, immutable"
_LOOK_AGAIN = "no-cache"
# Codes of S3's error bodies that no further try mends.
_FOR_GOOD = ("NoSuchBucket", "SignatureDoesNotMatch", "InvalidAccessKeyId", "RequestTimeTooSkewed")


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """A bucket and the key that may write to it; `prefix` is a folder in it, or nothing.

    `endpoint` is the service's address without the bucket; `virtual_hosted` puts the bucket's name before it,
    as Aliyun and Tencent want it.
    """

    name: str
    endpoint: str
    region: str
    key_id: str
    key_secret: str = field(repr=False)
    prefix: str = ""
    virtual_hosted: bool = False


class Bucket:
    """See `notifiers.shelf.Shelf`.

    Codes: `announcement.bucket.<S3's own code>`, `announcement.bucket.denied`,
    `announcement.bucket.unreachable`.
    """

    def __init__(self, access: BucketAccess) -> None:
        endpoint = access.endpoint.rstrip("/")
        if access.virtual_hosted:
            scheme, _, host = endpoint.partition("://")
            endpoint = f"{scheme}://{access.name}.{host}"
        self._store = S3Store(
            access.name,
            prefix=access.prefix.strip("/") or None,
            endpoint=endpoint,
            region=access.region,
            access_key_id=access.key_id,
            secret_access_key=access.key_secret,
            virtual_hosted_style_request=access.virtual_hosted,
            client_options={
                "timeout": timedelta(seconds=_REPLY_S),
                "connect_timeout": timedelta(seconds=_CONNECT_S),
                "allow_http": True,
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=_TRIES_S)},
        )

    def read(self, name: str) -> bytes | None:
        """The object's bytes; None where there is no such object."""
        with _answered():
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except (NotFoundError, FileNotFoundError) as error:
                if _named(str(error)) == "NoSuchBucket":
                    raise
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put the object in place of what there is."""
        path = PurePosixPath(name)
        version = path.stem.startswith("v") and path.stem[1:].isdecimal()
        with _answered():
            obstore.put(
                self._store,
                name,
                content,
                attributes={
                    "Content-Type": _TYPES[path.suffix],
                    "Cache-Control": _FOR_EVER if version else _LOOK_AGAIN,
                },
                use_multipart=False,
            )

    def named(self, ending: str) -> list[str]:
        """The names that end so, one folder below the top, in their order."""
        with _answered():
            paths = [str(one["path"]) for some in obstore.list(self._store) for one in some]
        return sorted(path for path in paths if path.count("/") == 1 and path.endswith(f"/{ending}"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody can be kept out of a bucket."""
        yield


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise _judged(error) from None


def _judged(error: Exception) -> NotifierError:
    # The library's sentence quotes requests, so that none of it may be handed on.
    named = _named(str(error))
    if named:
        return Misconfigured(f"announcement.bucket.{named}", "the bucket refuses us")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return Misconfigured("announcement.bucket.denied", "the bucket refuses our key")
    return Unreachable(None, "announcement.bucket.unreachable")


def _named(said: str) -> str:
    return next((code for code in _FOR_GOOD if code in said), "")
