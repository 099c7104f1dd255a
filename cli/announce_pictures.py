"""Pictures of a public page: taken by a browser, kept beside the ledger, written where the operator wants."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.output import write
from cli.paper import write_file
from cli.stop import Exit, Stop
from domain.facts import Picture
from domain.state import Announcement
from service.settings import load

if TYPE_CHECKING:
    from service.browser import NoPicture
    from service.browser import Picture as Taken


def taken(url: str, sha256: str) -> tuple[tuple["Taken", ...], "NoPicture | None"]:
    """Let a browser take pictures of a page; without them, why there are none.

    Raises:
        Stop: `cli.page_differs`, the browser was given other bytes than were published.

    """
    from service.browser import Browser, NoPicture  # noqa: PLC0415 - only a picture needs a browser

    try:
        pictures = asyncio.run(Browser(load().browser).pictures(url))
    except NoPicture as none:
        return (), none
    if other := next((each.document for each in pictures if each.document != sha256), ""):
        raise Stop("cli.page_differs", f"{url} shows a browser {differing(other, sha256)}.", Exit.REFUSED)
    return pictures, None


def differing(sha256: str, published: str) -> str:
    """Say that these bytes are not those."""
    return f"other bytes ({sha256[:12]}…) than were published ({published[:12]}…)"


def described(pictures: Sequence["Taken"]) -> tuple[Picture, ...]:
    """Say of each picture what the record says of it."""
    return tuple(
        Picture(
            sha256=each.sha256,
            width=each.viewport.width,
            height=each.viewport.height,
            browser=each.browser,
            at=each.at,
        )
        for each in pictures
    )


def kept(pictures: Sequence["Taken"]) -> tuple[Picture, ...]:
    """Keep the pictures beside the ledger; a machine without its master key keeps none, and says so."""
    from ledger.errors import KeyUnavailable  # noqa: PLC0415 - opening the ledger's seals takes its libraries
    from service.papers import keep  # noqa: PLC0415 - as above

    try:
        for each in pictures:
            keep(each.png, "image/png")
    except KeyUnavailable as error:
        typer.echo(f"The pictures were not kept: {error} [{error.code}]", err=True)
        return ()
    return described(pictures)


def write_taken(pictures: Sequence["Taken"], path: Path) -> None:
    """Write pictures that were just taken.

    Raises:
        Stop: one cannot be written there.

    """
    for number, each in enumerate(pictures):
        write_file(_named(path, number), each.png)


def write_kept(announcement: Announcement, path: Path) -> None:
    """Write the pictures that were kept when an announcement was last seen by a browser.

    Raises:
        Stop: there are none, or one cannot be written there.

    """
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    found = [paper(each.sha256) for each in announcement.pictures]
    if not found:
        raise Stop(
            "cli.not_found",
            f"No picture of announcement {announcement.number} was kept: tocsin announce verify … --record.",
            Exit.NOT_FOUND,
        )
    for number, each in enumerate(found):
        if each is not None:
            write_file(_named(path, number), each.data)
            write(f"written: {_named(path, number)}")


def _named(path: Path, number: int) -> Path:
    # In the order of `service.browser.VIEWPORTS`: the desktop's first, then the phone's.
    return path if number == 0 else path.with_stem(f"{path.stem}-phone")
