"""Four eyes: what a second person agrees to is a content's hash, so a changed content needs them again."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from domain.facts import Approval, DutyKey
from domain.line import canonical, instant
from domain.refusal import Refused
from domain.state import Announcement, Referral, Report, State

CLOSING = "close"
_DIGEST = 64
_HEX = frozenset("0123456789abcdef")
# Facts whose values switch protections off (law packs' exemptions, facts.yaml).
TWO_PERSONS = {
    "harm_avoided": True,
    "state_secret_confirmed": True,
    "risk_to_rights": "unlikely",
    "data_unintelligible": True,
    "data_recovered": True,
    "low_probability_of_compromise": True,
    "notice_prohibited": True,
    "within_organisation_only": True,
}


def content(state: State, subject: str) -> str | None:
    """Return the hash a subject has now, or None where the subject does not exist (yet).

    Subjects: `report/<n>`, `campaign/<n>`, `announcement/<n>`, `referral/<n>`,
    `withdraw/<duty>/<authority>/<n>`, `settle/<duty>/<authority>/<n>`,
    `extend/<duty>/<authority>/<n>=<instant>`, `close`, `fact/<name>=<value>`, `adopt/<digest of the packs>`,
    `byhand/<campaign>/<told>/<digest of the list>`.
    """
    kind, _, rest = subject.partition("/")
    if subject == CLOSING:
        return _hash({"close": _case(state)})
    if made := _MADE_UP.get(kind):
        return made(state, rest)
    if kind in {"withdraw", "settle"}:
        duty = state.duties.get(rest)
        return _hash({kind: rest, "answer": duty.terms.answer, "why": duty.terms.reason}) if duty else None
    return _numbered(state, kind, rest)


def fact_subject(name: str) -> str:
    """Name the subject to agree to before a fact that needs two persons is recorded."""
    return f"fact/{name}={str(TWO_PERSONS[name]).lower()}"


def extension_subject(key: DutyKey, due_at: datetime) -> str:
    """Name the subject to agree to before a deadline of the law, or of an authority, is moved."""
    return f"extend/{key}={instant(due_at)}"


def adoption_subject(digest: str) -> str:
    """Name the subject to agree to before an incident goes by other law packs."""
    return f"adopt/{digest}"


def by_hand_subject(campaign: int, told: int, sha256: str) -> str:
    """Name the subject to agree to before people count as told by hand: how many, by which list."""
    return f"byhand/{campaign}/{told}/{sha256}"


def _by_hand(state: State, written: str) -> str | None:
    number, _, rest = written.partition("/")
    campaign = state.campaigns.get(int(number)) if number.isdecimal() else None
    told, _, sha256 = rest.partition("/")
    if campaign is None or campaign.settled is None or not told.isdecimal():
        return None
    if not _is_digest(sha256) or sha256 in campaign.by_hand:
        return None
    return _hash({"by_hand": written, "counted": campaign.settled.merkle_root})


def _is_digest(text: str) -> bool:
    return len(text) == _DIGEST and set(text) <= _HEX


def _adoption(state: State, digest: str) -> str | None:
    if not _is_digest(digest) or digest == state.packs_digest:
        return None
    # Agreed to is the step from one law to the other.
    return _hash({"adopt": digest, "from": state.packs_digest})


def _extension(state: State, written: str) -> str | None:
    key, _, until = written.partition("=")
    duty = state.duties.get(key)
    if duty is None or not until:
        return None
    # Agreed to is the step from one deadline to the other: once moved, another agreement is needed.
    before = duty.terms.due_at
    return _hash({"extend": key, "from": instant(before) if before else "", "to": until})


def _fact(state: State, written: str) -> str | None:
    name = written.partition("=")[0]
    if name not in TWO_PERSONS or f"fact/{written}" != fact_subject(name):
        return None
    # An agreement is used up with the change that it was for: taken back and wanted again, it is needed anew.
    known = state.facts.get(name)
    return _hash({"fact": written, "since": instant(known.at) if known else ""})


# Subjects whose content is what the subject itself says.
_MADE_UP = {"fact": _fact, "extend": _extension, "adopt": _adoption, "byhand": _by_hand}


def _case(state: State) -> dict[str, JsonValue]:
    return {
        "confirmed": state.confirmed,
        "alerts": state.alerts,
        "duties": {key: duty.status for key, duty in state.duties.items()},
        "steps": dict(state.steps),
        "reports": {str(number): [each.sha256, each.receipt] for number, each in state.reports.items()},
        "campaigns": {
            str(number): each.settled.merkle_root if each.settled else each.failed
            for number, each in state.campaigns.items()
        },
        "announcements": {str(number): each.path for number, each in state.announcements.items()},
        "referrals": {str(number): [each.sha256, each.receipt] for number, each in state.referrals.items()},
    }


def _numbered(state: State, kind: str, rest: str) -> str | None:
    if not rest.isdecimal():
        return None
    number = int(rest)
    if kind == "campaign":
        campaign = state.campaigns.get(number)
        return campaign.planned.sha256 if campaign and campaign.planned else None
    shelves: dict[str, Mapping[int, Report | Announcement | Referral]] = {
        "report": state.reports,
        "announcement": state.announcements,
        "referral": state.referrals,
    }
    found = shelves.get(kind, {}).get(number)
    return (found.sha256 or None) if found else None


def second_person(state: State, subject: str, *, operator: str, offered: tuple[Approval, ...] = ()) -> str:
    """Return who, other than `operator`, agreed to the subject's present content.

    Raises:
        Refused: `needs_second_person`, or `nothing_to_approve` where the subject has no content.

    """
    sha256 = content(state, subject)
    if sha256 is None:
        raise Refused("nothing_to_approve", f"{subject} has no content yet that anyone could agree to.")
    for approval in (*state.approvals, *offered):
        if (approval.subject, approval.sha256) == (subject, sha256) and approval.operator != operator:
            return approval.operator
    raise Refused(
        "needs_second_person",
        f"{subject} needs a second person: tocsin approve {state.incident} {subject} --as <another operator>",
    )


def _hash(value: object) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
