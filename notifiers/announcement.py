"""Announcements as static pages and an Atom feed, in a directory that a web server shows to the public.

`<slug>/index.html` is the version that holds, `<slug>/v<n>.html` each version for ever, `<slug>/notice.json`
the same for machines, `feed.xml` all of them. Every file appears whole, by rename.
"""

import asyncio
import base64
import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feedgen.feed import FeedGenerator
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable
from notifiers.notice import Notice, Published, Standing

_FOR_NOW = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EINTR})


class AnnouncementPublisher:
    """Publishes into `directory`, which the public sees as `public_url`.

    `page` is the Jinja source of the page and `style` its CSS; the page gets `notice`, `style`, `policy`
    (its Content-Security-Policy, which admits that style and nothing else), `feed_url` and `shown`, which
    writes an instant in `zone`. The page knows no present time, so publishing again gives the same bytes.

    Codes: `announcement.version_taken`, `announcement.disk.<errno>`, `announcement.directory`,
    `announcement.template`.
    """

    channel = "announcement"

    def __init__(  # noqa: PLR0913 - one keyword for each thing it is made with
        self,
        directory: Path,
        *,
        page: str,
        style: str,
        public_url: str,
        feed_title: str = "公告 Announcements",
        zone: tzinfo = UTC,
    ) -> None:
        self._directory = directory
        self._style = style
        self._root = public_url.rstrip("/")
        self._feed_title = feed_title
        self._zone = zone
        hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
        environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        try:
            self._page = environment.from_string(page)
        except TemplateError as error:
            raise Misconfigured("announcement.template", type(error).__name__) from None

    async def publish(self, notice: Notice) -> Published:
        """Publish the latest version of a notice; see `Publisher.publish`."""
        return await asyncio.to_thread(self._published, notice)

    async def standing(self, slug: str) -> Published | None:
        """Read what stands at an address now."""
        return await asyncio.to_thread(self._stands, slug)

    async def aclose(self) -> None:
        """Nothing is held open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def render(self, notice: Notice) -> bytes:
        """Write the page, as UTF-8.

        Raises:
            Misconfigured: the template asks for something that is not there.

        """
        try:
            text = self._page.render(
                notice=notice,
                style=self._style,
                policy=self._policy,
                feed_url="../feed.xml",
                shown=self._shown,
            )
        except TemplateError as error:
            raise Misconfigured("announcement.template", type(error).__name__) from None
        return text.encode()

    def _shown(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%Y-%m-%d %H:%M} UTC{offset[:3]}:{offset[3:5]}"

    def _published(self, notice: Notice) -> Published:
        content = self.render(notice)
        version = notice.latest.version
        folder = self._directory / notice.slug
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self._alone():
                kept = folder / f"v{version}.html"
                if kept.exists() and kept.read_bytes() != content:
                    raise Refused("announcement.version_taken", "a published version never changes")
                _write(kept, content)
                if not (folder / f"v{version + 1}.html").exists():
                    _write(folder / "notice.json", _machine_readable(notice))
                    _write(folder / "index.html", content)
                _write(self._directory / "feed.xml", self._feed())
        except OSError as error:
            raise _judged(error) from None
        return self._proof(notice.slug, version, content, notice.latest.at)

    def _stands(self, slug: str) -> Published | None:
        folder = self._directory / slug
        try:
            content = (folder / "index.html").read_bytes()
            facts = json.loads((folder / "notice.json").read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _judged(error) from None
        last = facts["revisions"][-1]
        return self._proof(slug, last["version"], content, datetime.fromisoformat(last["at"]))

    def _proof(self, slug: str, version: int, content: bytes, at: datetime) -> Published:
        return Published(
            path=f"/{slug}/",
            url=f"{self._root}/{slug}/",
            version=version,
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            at=at,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Two workers may publish at once; the feed must not lose one's entry to the other's older reading.
        with (self._directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _feed(self) -> bytes:
        notices = [json.loads(path.read_bytes()) for path in sorted(self._directory.glob("*/notice.json"))]
        notices.sort(key=lambda one: (one["revisions"][-1]["at"], one["slug"]))
        feed = FeedGenerator()
        feed.id(f"{self._root}/")
        feed.title(self._feed_title)
        feed.link(href=f"{self._root}/feed.xml", rel="self")
        feed.updated(notices[-1]["revisions"][-1]["at"])
        feed.author({"name": notices[-1]["organisation"]})
        for one in notices:
            self._entry(feed, one)
        return bytes(feed.atom_str(pretty=True))

    def _entry(self, feed: FeedGenerator, one: dict[str, Any]) -> None:
        last, words = one["revisions"][-1], one["wordings"][0]
        mark = {Standing.CORRECTED: "【更正】", Standing.WITHDRAWN: "【撤回】"}.get(last["standing"], "")
        address = f"{self._root}/{one['slug']}/"
        entry = feed.add_entry()
        entry.id(address)
        entry.link(href=address)
        entry.title(f"{'【演练】' if one['drill'] else ''}{mark}{words['title']}")
        entry.published(one["revisions"][0]["at"])
        entry.updated(last["at"])
        entry.author({"name": one["organisation"]})
        paragraphs = [text for section in words["sections"] for text in section["paragraphs"]]
        note = last["note"].get(words["language"])
        entry.summary(note or (paragraphs[0] if paragraphs else words["title"]))


def _machine_readable(notice: Notice) -> bytes:
    def written(value: object) -> str:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        raise TypeError(type(value).__name__)

    return json.dumps(asdict(notice), ensure_ascii=False, indent=1, default=written).encode()


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _judged(error: OSError) -> NotifierError:
    name = errno.errorcode.get(error.errno or 0, "EIO")
    if error.errno in _FOR_NOW:
        return Unreachable(None, f"announcement.disk.{name}")
    return Misconfigured("announcement.directory", f"the directory cannot be written ({name})")
