"""The walk over every chain: recompute each hash from the row's own text and compare."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from domain.line import GENESIS, Line, canonical, instant
from ledger.port import BadFact, Verification


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table `fact` as it stands, believed in nothing."""

    stream: str
    version: int
    fact_id: str
    type: str
    schema: int
    at: str
    actor: str
    body: str
    prev: str
    hash: str


def walk(rows: Iterable[Row]) -> Verification:
    """Verify rows ordered by (stream, version), keeping only the last one in memory."""
    facts = streams = 0
    stream, version, last = "", 0, GENESIS
    for row in rows:
        if row.stream != stream or not streams:
            streams += 1
            stream, version, last = row.stream, 0, GENESIS
        what = wrong(row, version + 1, last)
        if what:
            return Verification(
                ok=False, facts=facts, streams=streams, first_bad=BadFact(stream, row.version, what)
            )
        facts += 1
        version, last = row.version, row.hash
    return Verification(ok=True, facts=facts, streams=streams, first_bad=None)


def wrong(row: Row, expected: int, prev: str) -> str:
    """Say in one clause what is wrong with a row that must follow on `prev`; empty when nothing is."""
    if row.version != expected:
        return f"gap: version {expected} is missing"
    if row.prev != prev:
        return "bad prev: it does not name the hash of the fact before it"
    line = line_of(row)
    if line is None:
        return "bad line: a column does not hold what the format says"
    checks = (
        (instant(line.at) == row.at, "bad instant: `at` is not written in its one form"),
        (line.hashed(prev) == row.hash, "bad hash: the content is not what was hashed"),
        (str(line.fact_id) == row.fact_id, "wrong fact_id: it does not follow from stream and version"),
        (_is_canonical(row.body), "body not canonical: its JSON is not in the one form"),
    )
    return next((what for right, what in checks if not right), "")


def line_of(row: Row) -> Line | None:
    """Read a row as the line that was hashed; None where a column does not hold what the format says."""
    try:
        return Line.model_validate(
            {
                "stream": row.stream,
                "version": row.version,
                "type": row.type,
                "schema_version": row.schema,
                "at": row.at,
                "actor": row.actor,
                "body": row.body,
            }
        )
    except ValueError:
        return None


def _is_canonical(body: str) -> bool:
    try:
        return canonical(json.loads(body)) == body
    except (ValueError, TypeError, RecursionError):
        return False
