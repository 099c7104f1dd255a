"""Announcements as static pages and an Atom feed, on a shelf that the public sees.

`<slug>/index.html` is the version that holds, `<slug>/v<n>.html` each version for ever, `<slug>/notice.json`
the same for machines, `feed.xml` all of them, and `announcements.txt` leads there. Every file appears whole.
"""

import asyncio
import base64
import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feedgen.feed import FeedGenerator
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from notifiers import pointer
from notifiers.errors import Misconfigured, Refused
from notifiers.notice import Notice, Published, Standing
from notifiers.shelf import Directory, Shelf

FEED = "feed.xml"
_TURNS = 3


class AnnouncementPublisher:
    """Publishes onto a shelf, or into a directory, which the public sees as `public_url`.

    `page` is the Jinja source of the page and `style` its CSS; the page gets `notice`, `style`, `policy`
    (its Content-Security-Policy, which admits that style and nothing else), `feed_url`, `pointer_url` and
    `shown`, which writes an instant in `zone`. The page knows no present time, so publishing again gives the
    same bytes.

    Codes: `announcement.version_taken`, `announcement.template`, and those of the shelf.
    """

    channel = "announcement"

    def __init__(  # noqa: PLR0913 - one keyword for each thing it is made with
        self,
        shelf: Shelf | Path,
        *,
        page: str,
        style: str,
        public_url: str,
        feed_title: str = "公告 Announcements",
        zone: tzinfo = UTC,
    ) -> None:
        self._shelf = Directory(shelf) if isinstance(shelf, Path) else shelf
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
                feed_url=f"../{FEED}",
                pointer_url=f"../{pointer.NAME}",
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
        slug, version, shelf = notice.slug, notice.latest.version, self._shelf
        with shelf.alone():
            kept = f"{slug}/v{version}.html"
            if shelf.read(kept) not in (None, content):
                raise Refused("announcement.version_taken", "a published version never changes")
            # In this order a reader never meets a link to what is not there yet.
            shelf.write(kept, content)
            if shelf.read(f"{slug}/v{version + 1}.html") is None:
                shelf.write(f"{slug}/notice.json", _machine_readable(notice))
                shelf.write(f"{slug}/index.html", content)
            self._list()
        return self._proof(slug, version, content, notice.latest.at)

    def _list(self) -> None:
        """Renew what lists all notices; once more where one came meanwhile that no lock kept out."""
        for _ in range(_TURNS):
            known = self._notices()
            self._shelf.write(FEED, self._feed(known))
            self._shelf.write(pointer.NAME, pointer.pointer(self._root, known))
            if self._notices() == known:
                return

    def _notices(self) -> list[dict[str, Any]]:
        found = [self._shelf.read(name) for name in self._shelf.named("notice.json")]
        notices = [json.loads(one) for one in found if one is not None]
        return sorted(notices, key=lambda one: (one["revisions"][-1]["at"], one["slug"]))

    def _stands(self, slug: str) -> Published | None:
        content, facts = self._shelf.read(f"{slug}/index.html"), self._shelf.read(f"{slug}/notice.json")
        if content is None or facts is None:
            return None
        last = json.loads(facts)["revisions"][-1]
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

    def _feed(self, notices: list[dict[str, Any]]) -> bytes:
        feed = FeedGenerator()
        feed.id(f"{self._root}/")
        feed.title(self._feed_title)
        feed.link(href=f"{self._root}/{FEED}", rel="self")
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
