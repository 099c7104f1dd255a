"""`tocsin announce`: tell the public, and whom no message reaches."""

from pathlib import Path
from typing import Annotated

import typer

from cli.announce_pictures import described, differing, kept, taken, write_kept, write_taken
from cli.duty_keys import duty_of
from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output, as_json, write, write_json
from cli.paper import Pages, show_paper
from cli.stop import Exit, Stop
from domain import commands as c
from domain.announced import versions
from domain.state import Announcement, State
from service.library import Library

app = typer.Typer(help="Draw up a public announcement, and publish it.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(metavar="N", min=1, help="The announcement's number.")]
Zh = Annotated[
    str, typer.Option("--zh", metavar="TEXT", help="What changed and why, as the page says it in Chinese.")
]
En = Annotated[str, typer.Option("--en", metavar="TEXT", help="The same in English.")]


@app.command()
@order
def draft(
    giving: Giving,
    incident: Incident,
    duties: Annotated[
        list[str] | None,
        typer.Option("--duty", help="A duty that the announcement alone answers; mostly none."),
    ] = None,
) -> None:
    """Draw up an announcement from the facts as they stand, and freeze it under its hash."""
    hand = Hand(giving, incident)
    keys = tuple(duty_of(hand.state, text).key for text in duties or ())
    hand.order(c.DraftAnnouncement(duties=keys), _drafted)


@app.command()
def show(
    incident: Incident,
    number: Number,
    html: Annotated[Path | None, typer.Option("--html", metavar="PATH", help="Write the page there.")] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(
            "--screenshot", metavar="PATH", help="Write the pictures that were taken when it was seen there."
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Show a frozen announcement, or write its page or the pictures of it."""
    hand = Hand(Giving(output=output), incident)
    found = hand.state.announcements.get(number)
    if found is None:
        raise Stop("cli.not_found", f"{incident} has no announcement {number}.", Exit.NOT_FOUND)
    if screenshot:
        write_kept(found, screenshot)
        return
    show_paper(found.sha256, Pages(html=html), output)


@app.command()
@order
def publish(giving: Giving, incident: Incident, number: Number) -> None:
    """Publish a drafted announcement; everyone can read it, so it needs a second person."""
    Hand(giving, incident).order(c.PublishAnnouncement(announcement=number), lambda _: _public(number))


@app.command()
@order
def correct(giving: Giving, incident: Incident, number: Number, zh: Zh, en: En) -> None:
    """Draw up a public announcement anew from the facts as they stand; the page says what changed and why."""
    Hand(giving, incident).order(
        c.ReviseAnnouncement(announcement=number, standing="corrected", zh=zh, en=en), _drafted
    )


@app.command()
@order
def withdraw(giving: Giving, incident: Incident, number: Number, zh: Zh, en: En) -> None:
    """Draw up the withdrawal of a public announcement; its words stay, and the page says why."""
    Hand(giving, incident).order(
        c.ReviseAnnouncement(announcement=number, standing="withdrawn", zh=zh, en=en), _drafted
    )


@app.command()
@order
def verify(
    giving: Giving,
    incident: Incident,
    number: Number,
    *,
    record: Annotated[
        bool,
        typer.Option("--record", help="Take it down as evidence, with pictures where there is a browser."),
    ] = False,
    screenshot: Annotated[
        Path | None,
        typer.Option(
            "--screenshot",
            metavar="PATH",
            help="Write a picture of the page there as a desktop shows it, and with `-phone` before the "
            "ending as a phone does.",
        ),
    ] = None,
) -> None:
    """Fetch a published page through its public address, and see that it is the very one."""
    from service.published import seen  # noqa: PLC0415 - only this command speaks HTTP

    hand, quiet = Hand(giving, incident), as_json(giving.output)
    found, url = _public_page(hand, number)
    sha256 = seen(url)
    answer = {"url": url, "sha256": sha256, "published_sha256": found.page_sha256}
    if sha256 != found.page_sha256:
        if quiet:
            write_json({**answer, "same": False, "pictures": ()})
        raise Stop("cli.page_differs", f"{url} shows {differing(sha256, found.page_sha256)}.", Exit.REFUSED)
    pictures, lacking = taken(url, sha256) if record or screenshot else ((), None)
    if screenshot:
        write_taken(pictures, screenshot)
    elif lacking:
        typer.echo(f"{lacking} [{lacking.code}]", err=True)
    if record:
        shown = kept(pictures)
        hand.order(c.VerifyAnnouncement(announcement=number, url=url, sha256=sha256, pictures=shown))
    elif quiet:
        write_json({**answer, "same": True, "pictures": described(pictures)})
    else:
        write(f"{url} shows the published page, SHA-256 {sha256[:12]}….")
    if screenshot and lacking:
        raise lacking


def _public_page(hand: Hand, number: int) -> tuple[Announcement, str]:
    state = hand.state
    found = state.announcements.get(number)
    if found is None or not found.path:
        sentence = f"{state.incident} has no published announcement {number}."
        raise Stop("cli.not_found", sentence, Exit.NOT_FOUND)
    url = Library.open().public(found.path, drill=state.drill)
    known = versions(state, found)
    return found, url if known[-1] == found else f"{url}v{known.index(found) + 1}.html"


def _drafted(state: State) -> Awaited:
    number = max(state.announcements)

    def outcome(now: State) -> Outcome | None:
        found = now.announcements[number]
        if found.failed:
            return Outcome(ok=False, said=f"announcement {number} could not be drawn up: {found.failed}")
        if not found.sha256:
            return None
        return Outcome(ok=True, said=f"announcement {number} is drafted, SHA-256 {found.sha256[:12]}…")

    return Awaited(f"announcement {number}", outcome)


def _public(number: int) -> Awaited:
    def outcome(now: State) -> Outcome | None:
        found = now.announcements[number]
        if found.path:
            return Outcome(
                ok=True,
                said=f"announcement {number} is public: {Library.open().public(found.path, drill=now.drill)}",
            )
        if found.failed:
            return Outcome(ok=False, said=f"announcement {number} was not published: {found.failed}")
        return None

    return Awaited(f"announcement {number}", outcome)
