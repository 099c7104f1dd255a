"""One person's record, opened for somebody who may see it: what is noted of that, and what it rests on."""

import hashlib
from collections.abc import Mapping

from pydantic import Field

from domain.campaign import AudienceFrozen
from domain.line import canonical
from domain.model import Happened
from domain.organisation import Organisation
from domain.state import Known


class EvidenceRevealed(Happened):
    """Somebody was shown one person's record of a campaign, by the row's number; never whose it is."""

    campaign: int
    seq: int
    by: str
    reason: str = Field(description="why, in the words of who asked; a name or an address is refused")


class UnreachedListed(Happened):
    """Somebody was given the names and addresses of all whom a campaign did not reach."""

    campaign: int
    rows: int
    by: str
    reason: str = Field(description="why, in the words of who asked")


def plan_digest(sha256: str, message: str, templates: str, figures: Mapping[str, object]) -> str:
    """SHA-256 over what a second person approves: the list's bytes, the message's templates, the counts."""
    content = {"list": sha256, "message": {"id": message, "sha256": templates}, "counts": dict(figures)}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def figures(frozen: AudienceFrozen) -> dict[str, object]:
    """The counts of a frozen audience, as `plan_digest` takes them."""
    counted = {"total", "rejected", "broken", "unreachable", "channels"}
    if frozen.kinds:
        counted |= {"kinds", "unguarded"}
    return frozen.model_dump(include=counted)


def case_digest(facts: Mapping[str, Known], organisation: Organisation) -> str:
    """SHA-256 over what the words of a message are filled with: the facts, and who speaks."""
    content = {
        "facts": {name: known.model_dump(mode="json") for name, known in facts.items()},
        "organisation": organisation.model_dump(mode="json"),
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()
