"""Announcements as static pages, a feed and a list, on a shelf that the public sees.

`<slug>/v<n>.html` is each version for ever, `<slug>/v<n>.json` the same for machines. All else follows from
these: `<slug>/index.html` and `<slug>/notice.json`, the version that holds, `feed.xml`, all of them, and
`incident-announcements.txt`, those that stand.
"""

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from types import TracebackType
from typing import Any, Final, Self

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from notifiers.errors import Misconfigured, Refused
from notifiers.feed import feed
from notifiers.listing import NAME as LIST
from notifiers.listing import listing
from notifiers.notice import Notice, Published
from notifiers.shelf import Shelf

_VERSION: Final = re.compile(r"([^/]+)/(?:v([1-9][0-9]*)|notice)\.json")


class AnnouncementPublisher:
    """Publishes on a shelf, which the public sees as `public_url`.

    `page` is the Jinja source of the page and `style` its CSS; the page gets `notice`, `style`, `policy`
    (its Content-Security-Policy, which admits that style and nothing else), `feed_url`, `list_url` and
    `shown`, which writes an instant in `zone`. The page knows no present time, so publishing again gives the
    same bytes. `contacts` are URIs for the list. A `rehearsing` one's list names drills, another's none.

    Codes: `announcement.version_taken`, `announcement.template`, and the shelf's.
    """

    channel = "announcement"

    def __init__(  # noqa: PLR0913 - one keyword for each thing it is made with
        self,
        shelf: Shelf,
        *,
        page: str,
        style: str,
        public_url: str,
        feed_title: str = "公告 Announcements",
        zone: tzinfo = UTC,
        contacts: Sequence[str] = (),
        rehearsing: bool = False,
    ) -> None:
        self._shelf = shelf
        self._style = style
        self._root = public_url.rstrip("/")
        self._feed_title = feed_title
        self._zone = zone
        self._contacts = contacts
        self._rehearsing = rehearsing
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

    async def check(self) -> None:
        """See, without publishing anything, that there is a place to publish in; see `Shelf.check`."""
        await asyncio.to_thread(self._shelf.check)

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
                list_url=f"../{LIST}",
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
        ours = f"{notice.slug}/v{version}"
        with self._shelf.alone():
            kept = self._shelf.read(f"{ours}.html")
            if kept is None:
                self._shelf.write(f"{ours}.html", content)
            elif kept != content:
                raise Refused("announcement.version_taken", "a published version never changes")
            if self._shelf.read(f"{ours}.json") is None:
                self._shelf.write(f"{ours}.json", _machine_readable(notice))
            self._follow(notice.slug)
        return self._proof(notice.slug, version, content, notice.latest.at)

    def _follow(self, slug: str) -> None:
        """Make everything that follows from the versions say what they say.

        Another worker may publish meanwhile, and a shelf need not know a lock. Whoever writes last looks
        again after it has written, and sees every version that was there by then; a later version has a
        later writer. So what stays in the end was written by one who knew them all.
        """
        written: dict[str, int] | None = None
        while (versions := _versions(self._shelf.names())) != written:
            newest = f"{slug}/v{versions[slug]}"
            for name, source in (("index.html", f"{newest}.html"), ("notice.json", f"{newest}.json")):
                content = self._shelf.read(source)
                if content is not None:
                    self._shelf.write(f"{slug}/{name}", content)
            notices = self._notices(versions)
            self._shelf.write("feed.xml", feed(notices, self._root, self._feed_title))
            listed = listing(notices, self._root, self._contacts, drill=self._rehearsing)
            if listed is not None:
                self._shelf.write(LIST, listed)
            written = versions

    def _notices(self, versions: dict[str, int]) -> list[dict[str, Any]]:
        found = [
            _notice(slug, self._shelf.read(f"{slug}/v{version}.json" if version else f"{slug}/notice.json"))
            for slug, version in versions.items()
        ]
        notices = [one for one in found if one is not None]
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


def _versions(names: Iterable[str]) -> dict[str, int]:
    """Find each announcement's newest version; 0 for one from before its versions were kept for machines."""
    newest: dict[str, int] = {}
    for name in names:
        if found := _VERSION.fullmatch(name):
            newest[found[1]] = max(newest.get(found[1], 0), int(found[2] or 0))
    return newest


def _notice(slug: str, content: bytes | None) -> dict[str, Any] | None:
    """Read an announcement; None for what somebody else put there under such a name."""
    try:
        one = json.loads(content or b"")
    except ValueError:
        return None
    return one if isinstance(one, dict) and one.get("slug") == slug else None


def _machine_readable(notice: Notice) -> bytes:
    def written(value: object) -> str:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        raise TypeError(type(value).__name__)

    return json.dumps(asdict(notice), ensure_ascii=False, indent=1, default=written).encode()
