"""Whom a campaign did not reach: a list for those who telephone and write, and what they bring back."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from domain.disclosure import UnreachedListed
from domain.ids import campaign_stream
from domain.kind import kind_in
from domain.line import canonical
from domain.rules_notify import TOLD
from domain.state import Campaign
from ledger.memory import Memory
from ledger.port import DeliveryRow
from service.evidence_access import noted
from service.private_csv import private_csv

SCHEMA: Final = "tocsin.by-hand/1"
ROW: Final = "tocsin_row"
OUTCOME: Final = "outcome"
HEADER: Final = (
    ROW,
    "name",
    "phone",
    "email",
    "language",
    "kind",
    "guardian",
    "minor",
    "code",
    OUTCOME,
    "at",
    "by",
)
SAID_TOLD: Final = frozenset({"told", "已通知", "已告知"})
LONGEST: Final = 100
_PAGE: Final = 1000


class ListUnfit(ValueError):  # noqa: N818 - one plain word for what happened
    """A list that was brought back is not one of ours: no such columns, not UTF-8, or no file."""


class Brought(NamedTuple):
    """Who was told by hand, by row; `aside` are lines that do not count, and why; `sha256` as kept."""

    told: tuple[int, ...]
    aside: tuple[tuple[int, str], ...]
    sha256: str


def write_unreached(  # noqa: PLR0913, PLR0917 - whose, where, by whom and why
    memory: Memory, incident: str, campaign: int, to: Path, operator: str, reason: str
) -> int:
    """Write everybody whom a counted campaign did not reach to a new file of mode 0600; how many.

    That they were listed, by whom and why is in the ledger before anybody stands in the file.

    Raises:
        Erased: the campaign's key was destroyed.
        OSError: the file exists, or cannot be written; nothing is left of it.
        LedgerUnavailable: the ledger cannot be used now.

    """
    stream = campaign_stream(incident, campaign)
    key = memory.keys.campaign(stream)
    tallies = memory.deliveries.counts(stream).tallies
    missed = sum(tally.rows for tally in tallies if tally.state.value not in TOLD)
    with private_csv(to) as put:
        body = UnreachedListed(campaign=campaign, rows=missed, by=operator, reason=reason.strip())
        noted(memory.ledger, incident, operator, body)
        put(HEADER)
        for row, sealed in zip(_rows(memory, stream), memory.deliveries.sealed(stream), strict=True):
            if row.state.value not in TOLD:
                person = orjson.loads(key.open(sealed.sealed, str(row.seq)))
                named = (_plain(person[name]) for name in ("name", "phone", "email"))
                linked = (_plain(person.get(name, "")) for name in ("guardian_is", "minor_is"))
                put([row.seq, *named, row.language, kind_in(person), *linked, row.code])
    return missed


def bring_back(memory: Memory, incident: str, campaign: Campaign, listed: Path, means: str) -> Brought:
    """Read a list that was worked through, and keep what counts of it, sealed with the campaign's key.

    Raises:
        ListUnfit: the file cannot be read, or has no columns `tocsin_row` and `outcome`.
        Erased: the campaign's key was destroyed.
        LedgerUnavailable: the ledger cannot be used now.

    """
    stream = campaign_stream(incident, campaign.number)
    known = {row["row"] for _, kept in kept_lists(memory, campaign) for row in kept["rows"]}
    told: dict[int, dict[str, str]] = {}
    aside: list[tuple[int, str]] = []
    for line, cells in _read(listed):
        seq = cells.get(ROW, "").strip()
        said = {name: cells.get(name, "").strip() for name in ("at", "by")}
        if cells.get(OUTCOME, "").strip().casefold() not in SAID_TOLD:
            continue
        if not seq.isdecimal() or not (row := _row(memory, stream, int(seq))):
            aside.append((line, "no_such_row"))
        elif row.state.value in TOLD or row.seq in known:
            aside.append((line, "told_before"))
        elif row.seq in told:
            aside.append((line, "duplicate"))
        elif any(len(text) > LONGEST for text in said.values()):
            aside.append((line, "too_long"))
        else:
            told[row.seq] = said
    content = {
        "schema": SCHEMA,
        "campaign": campaign.number,
        "means": means,
        "rows": [{"row": seq, **said} for seq, said in sorted(told.items())],
    }
    data = canonical(content).encode()
    sha256 = hashlib.sha256(data).hexdigest()
    if told:
        memory.artefacts.put(data, "application/json", stream)
    return Brought(tuple(sorted(told)), tuple(aside), sha256)


def kept_lists(memory: Memory, campaign: Campaign | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Open the lists that were brought back, by hash: `means`, and `rows` of `row`, `at`, `by`.

    Raises:
        Erased: the campaign's key was destroyed.

    """
    for sha256 in campaign.by_hand if campaign else ():
        kept = memory.artefacts.get(sha256)
        if kept is not None:
            yield sha256, orjson.loads(kept.data)


def _rows(memory: Memory, stream: str) -> Iterator[DeliveryRow]:
    after = 0
    while rows := memory.deliveries.page(stream, after, _PAGE):
        yield from rows
        after = rows[-1].seq


def _row(memory: Memory, stream: str, seq: int) -> DeliveryRow | None:
    rows = memory.deliveries.page(stream, seq - 1, 1) if 0 < seq < 1 << 62 else []
    return rows[0] if rows and rows[0].seq == seq else None


def _read(listed: Path) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        with listed.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restval="", restkey="")
            if not {ROW, OUTCOME} <= set(rows.fieldnames or ()):
                raise ListUnfit(
                    f"{listed} has no columns {ROW} and {OUTCOME}; take those of the list that was written."
                )
            return [(rows.line_num, row) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ListUnfit(f"{listed} cannot be read as CSV in UTF-8 ({type(error).__name__}).") from error


def _plain(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula; a number's plus sign is no such thing."""
    return f"'{text}" if text[:1] in {"=", "@", "-"} else text
