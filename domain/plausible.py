"""What no facts of an incident can say together: instants that have not come, awareness after a receipt."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import JsonValue

from domain.line import instant
from domain.term import UNKNOWN, FactInvalid
from domain.vocabulary import VOCABULARY

# Clocks of two machines may differ by so much.
CLOCK_SKEW = timedelta(minutes=1)
EARLIEST = 1970
AWARENESS = ("aware_at", "first_signal_at")


def see_plausible(facts: Mapping[str, JsonValue], at: datetime) -> None:
    """See that facts can have been known at an instant, all of them together.

    Args:
        facts: canonical values by name.
        at: the instant at which they are said to be known.

    Raises:
        FactInvalid: `fact-future`, `fact-value` for an instant of another age, or `fact-after-report` where
            awareness lies after a receipt.

    """
    for name, when in instants(facts):
        if when.year < EARLIEST:
            sentence = (
                f"{name} is {instant(when)}, which lies before there was any law of data: see the year."
            )
            raise FactInvalid(name, sentence, "fact-value")
        if when > at + CLOCK_SKEW:
            raise FactInvalid(
                name,
                f"{name} is {instant(when)}, which lies in the future: it is {instant(at)}.",
                "fact-future",
            )
    aware = awareness(facts)
    if aware is None:
        return
    for name, when in instants(facts):
        if name.startswith("reported_at.") and when < aware[1]:
            raise FactInvalid(
                aware[0],
                f"{aware[0]} is {instant(aware[1])}, which lies after the receipt of "
                f"{name.removeprefix('reported_at.')}, {instant(when)}; one of the two is wrong.",
                "fact-after-report",
            )


def awareness(facts: Mapping[str, JsonValue]) -> tuple[str, datetime] | None:
    """Find the instant that deadlines are counted from, with the fact that says it."""
    known = dict(instants(facts))
    return next(((name, known[name]) for name in AWARENESS if name in known), None)


def instants(facts: Mapping[str, JsonValue]) -> Iterator[tuple[str, datetime]]:
    """List the instants among canonical facts, those inside maps as `map.key`."""
    for name, value in facts.items():
        term = VOCABULARY.get(name)
        if term is None or value == UNKNOWN:
            continue
        if term.type == "instant":
            yield name, datetime.fromisoformat(str(value))
        elif term.each == "instant" and isinstance(value, dict):
            for key, inner in value.items():
                if inner != UNKNOWN:
                    yield f"{name}.{key}", datetime.fromisoformat(str(inner))
