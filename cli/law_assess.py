"""`tocsin law assess`: what the law asks of an organisation for these facts, from two files alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from cli import values
from cli.law_packs import Packs, law_packs, zone
from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import usage
from cli.times import due, shown
from domain.answer import Assessment, DutyAnswer
from domain.assessment import assess as answers
from domain.organisation import Organisation
from domain.plausible import EARLIEST, see_plausible
from domain.published import published
from domain.term import FactInvalid
from playbooks.casefile import CaseFile, read_organisation

LATEST = 3000

app = typer.Typer()


@app.command()
def assess(
    facts: Annotated[
        Path,
        typer.Option("--facts", metavar="FILE", help="What is known of the incident: YAML or JSON."),
    ],
    organisation: Annotated[
        Path | None,
        typer.Option(
            "--organisation",
            metavar="FILE",
            help="The organisation's profile: YAML or JSON; left out, nothing is known of it.",
        ),
    ] = None,
    at: Annotated[
        str, typer.Option("--at", metavar="INSTANT", help="The instant of asking, with its offset.")
    ] = "now",
    packs: Packs = None,
    output: Output = None,
) -> None:
    """Say which duties are owed, until when, and why; needs no server, no ledger and no settings."""
    asked = _asked(at)
    profile = read_organisation(organisation) if organisation else Organisation()
    known = CaseFile(facts, "incident")
    law = law_packs(packs)
    known.see_duties(rule.id for pack in law for rule in pack.duties)
    try:
        see_plausible(known.facts, asked)
    except FactInvalid as invalid:
        raise known.complaint(invalid) from invalid
    found = answers(law, profile, known.facts, asked)
    if as_json(output):
        write_json(published(found, asked))
    else:
        _told(found, asked, zone())


def _asked(text: str) -> datetime:
    found = values.at(text, datetime.now(UTC))
    # Deadlines lie ahead of it, and a calendar ends somewhere.
    if not EARLIEST <= found.year < LATEST:
        raise usage(f"--at {text} lies outside the years {EARLIEST} to {LATEST}; see the year.")
    return found.astimezone(UTC)


def _told(found: Assessment, asked: datetime, where: tzinfo | None) -> None:
    grade = found.grade
    because = f", because {', '.join(grade.decided_by)}" if grade.decided_by else ""
    unclear = f"; unknown: {', '.join(grade.unknown_limbs)}" if grade.unknown_limbs else ""
    write(f"Asked for {shown(asked, where)}, by the law of {shown(found.law_of, where)}.")
    write(f"Level {grade.text}{because}{unclear}")
    for title, status in (("Owed", "owed"), ("Cannot be told yet", "unknown"), ("Not owed", "not_owed")):
        chosen = [duty for duty in found.duties if duty.status == status]
        write("")
        write_table(
            ("duty", "", "to", "until", "why"),
            (
                (
                    duty.id,
                    duty.title.zh,
                    ", ".join(to.zh for to in duty.recipients) if status != "not_owed" else "",
                    "; ".join(_until(duty, asked, where)),
                    duty.reason,
                )
                for duty in chosen
            ),
            title=f"{title} ({len(chosen)})",
        )


def _until(duty: DutyAnswer, asked: datetime, where: tzinfo | None) -> Iterator[str]:
    ends = duty.due_at or duty.provisional_due_at
    if ends is not None:
        yield due(ends, asked, where)
    elif duty.status == "not_owed":
        return
    elif duty.waiting_on:
        yield f"waits for {duty.waiting_on}"
    elif duty.urgency:
        yield duty.urgency
    if duty.used is not None:
        yield f"{duty.used / 10:.0f} % used"
    if not duty.live:
        yield "not live"
    if duty.channel_blocked:
        yield "channels blocked"
