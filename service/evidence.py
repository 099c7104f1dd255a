"""One person's record of a notification, with the proof that it is one of the rows that were counted."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from domain.address import email, phone
from domain.audience import keys_of
from domain.campaign import AudienceFrozen, CampaignSettled, CampaignStarted
from domain.disclosure import EvidenceRevealed
from domain.fact import read
from domain.ids import campaign_stream
from domain.kind import GUARDIAN, INDIVIDUAL, kind_in
from domain.line import instant
from domain.merkle import proof
from domain.playbook import Words
from ledger.errors import Erased
from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.port import CampaignKey, DeliveryRow, Entry
from playbooks.messages import Messages
from service.by_hand_list import kept_lists
from service.evidence_access import allowed, noted
from service.evidence_error import EvidenceError
from service.evidence_words import Again
from service.reading import Reading
from service.record import Record
from service.settings import Settings, load

FORMAT: Final = "tocsin.evidence/1"
# Whose message may have left; the others' rows say why it did not.
LEFT: Final = frozenset({"sending", "sent", "unknown", "bounced", "delivered"})
_USAGE, _NOT_FOUND, _BAD_LEDGER = 2, 3, 5
_NAMED: Final = 20
_REGION: Final = "CN"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose record is wanted: by address, by the list's id, or by the row's number; and why, by whom."""

    incident: str
    campaign: int
    operator: str | None
    reason: str
    address: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    seq: int = 0


def reveal(asked: Asked) -> dict[str, Any]:
    """Open one person's record; that it was opened is in the ledger before anything is shown.

    Returns:
        The bundle of docs/notification.md: `row`, `person`, `message`, `by_hand`, `late_receipts`,
        `instants`, and once the campaign is over `proof` and `chain`.

    Raises:
        EvidenceError: it is not opened.
        DeskError: nobody known asks, or there is no such incident.
        Erased: the campaign's key was destroyed; only the row's number still finds the row.
        LedgerUnavailable: the ledger cannot be used now.
        SettingsError: the settings cannot be used.

    """
    settings = load()
    operator = allowed(settings, asked.operator, asked.reason, (asked.address, asked.identity))
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        record = Record(Reading(settings.place), asked.incident)
        return _Opening(asked, record, memory, settings).opened(operator)
    finally:
        memory.close()


class _Opening:
    """One campaign's rows, facts and key, for one look."""

    def __init__(self, asked: Asked, record: Record, memory: Memory, settings: Settings) -> None:
        self._asked = asked
        self._record = record
        self._memory = memory
        self._contact = Words(zh=settings.contact.zh, en=settings.contact.en)
        self._stream = campaign_stream(asked.incident, asked.campaign)
        self._entries = list(memory.ledger.read(self._stream))
        self._facts = [read(entry.line) for entry in self._entries]
        bodies = [fact.body for fact in self._facts]
        frozen = [body for body in bodies if isinstance(body, AudienceFrozen)]
        if not frozen:
            raise EvidenceError(
                "evidence.no_campaign",
                f"{asked.incident} has no campaign {asked.campaign} with a frozen audience.",
                _NOT_FOUND,
            )
        self._frozen = frozen[0]
        self._settled = next((body for body in bodies if isinstance(body, CampaignSettled)), None)

    def opened(self, operator: str) -> dict[str, Any]:
        key = self._key()
        seq = self._asked.seq or self._found(key)
        if not 1 <= seq <= self._frozen.total:
            raise EvidenceError(
                "evidence.nobody", f"The rows are numbered 1 to {self._frozen.total}.", _NOT_FOUND
            )
        why = self._asked.reason.strip()
        body = EvidenceRevealed(campaign=self._asked.campaign, seq=seq, by=operator, reason=why)
        noted(self._memory.ledger, self._asked.incident, operator, body)
        [row] = self._memory.deliveries.page(self._stream, after=seq - 1, limit=1)
        person = self._person(key, seq)
        return {
            "format": FORMAT,
            "incident": self._asked.incident,
            "campaign": self._asked.campaign,
            "drill": self._record.state.drill,
            "person": person,
            "row": _shown(row),
            "instants": self._instants(row),
            "late_receipts": [
                {"leg": late.leg, "state": late.state.value, "code": late.code, "at": instant(late.at)}
                for late in self._memory.deliveries.late(self._stream, seq)
            ],
            "message": self._message(row, person),
            "by_hand": self._by_hand(seq) if key else [],
            **self._proven(seq),
        }

    def _key(self) -> CampaignKey | None:
        try:
            return self._memory.keys.campaign(self._stream)
        except Erased:
            if self._asked.seq:
                return None
            raise

    def _found(self, key: CampaignKey | None) -> int:
        rows = [] if key is None else list(self._rows_of(key))
        if not rows:
            raise EvidenceError(
                "evidence.nobody", f"Nobody like that stands in campaign {self._asked.campaign}.", _NOT_FOUND
            )
        if len(rows) > 1:
            shown = ", ".join(str(row) for row in rows[:_NAMED])
            sentence = f"{len(rows)} people share that address; choose one with --seq: {shown}."
            raise EvidenceError("evidence.several", sentence, _USAGE)
        return rows[0]

    def _rows_of(self, key: CampaignKey) -> Iterator[int]:
        asked = self._asked
        if asked.identity:
            hidden = [
                key.person(name)
                for kind in (INDIVIDUAL, GUARDIAN)
                for name in keys_of(kind, asked.identity.strip(), "", "", None)
            ]
            yield from self._memory.deliveries.named(self._stream, hidden)
            return
        mail = email(asked.address.strip()) or ""
        dialled = phone(asked.address.strip(), _REGION)
        if not mail and dialled is None:
            raise EvidenceError(
                "evidence.person", "What was given is neither an e-mail address nor a number.", _USAGE
            )
        # A row's own name is over address and name, so that a family with one telephone stays several
        # people: whoever asks by address alone must be shown all of them.
        for one in self._memory.deliveries.sealed(self._stream):
            person = orjson.loads(key.open(one.sealed, str(one.seq)))
            same = mail and person["email"].casefold() == mail.casefold()
            if same or (dialled and person["phone"] == dialled.e164):
                yield one.seq

    def _person(self, key: CampaignKey | None, seq: int) -> dict[str, Any] | None:
        """Who it is; None once the campaign's key was destroyed."""
        if key is None:
            return None
        [one] = self._memory.deliveries.sealed(self._stream, seq, seq)
        found = orjson.loads(key.open(one.sealed, str(seq)))
        return {**{name: found.get(name, "") for name in ("name", "email", "phone")}, "kind": kind_in(found)}

    def _message(self, row: DeliveryRow, person: dict[str, Any] | None) -> dict[str, Any] | None:
        if person is None or row.state.value not in LEFT:
            return None
        again = Again(self._record, self._asked.campaign, self._frozen, Messages(self._contact))
        sent = again.to(row.channel, row.language, person["kind"], person["name"])
        if sent is None:
            return None
        return {
            "words": [sent.subject, sent.text, sent.html],
            "sha256": sent.sha256,
            "certain": sent.certain,
        }

    def _by_hand(self, seq: int) -> list[dict[str, str]]:
        """How somebody whom no message reached was told afterwards, and by which list."""
        campaign = self._record.state.campaigns.get(self._asked.campaign)
        return [
            {"means": kept["means"], "at": row["at"], "by": row["by"], "list_sha256": sha256}
            for sha256, kept in kept_lists(self._memory, campaign)
            for row in kept["rows"]
            if row["row"] == seq
        ]

    def _instants(self, row: DeliveryRow) -> dict[str, str]:
        kinds = {AudienceFrozen: "frozen", CampaignStarted: "started", CampaignSettled: "settled"}
        named = {kinds[type(fact.body)]: instant(fact.at) for fact in self._facts if type(fact.body) in kinds}
        return {**named, "row_last_moved": instant(row.updated_at)}

    def _proven(self, seq: int) -> dict[str, Any]:
        if self._settled is None:
            return {"proof": None, "chain": None}
        found = proof(self._memory.deliveries.leaves(self._stream), seq - 1)
        if found.root != self._settled.merkle_root:
            raise EvidenceError(
                "evidence.root_differs",
                f"The rows of campaign {self._asked.campaign} are not those that were counted: their root is "
                f"{found.root[:12]}…, the ledger holds {self._settled.merkle_root[:12]}….",
                _BAD_LEDGER,
            )
        ending = next(n for n, fact in enumerate(self._facts) if isinstance(fact.body, CampaignSettled))
        return {
            "proof": {
                "leaf": found.content.decode(),
                "index": found.index,
                "size": found.size,
                "siblings": list(found.path),
                "root": found.root,
            },
            "chain": [_stored(entry) for entry in self._entries[ending:]],
        }


def _shown(row: DeliveryRow) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "person": row.person,
        "route": ",".join(row.route),
        "leg": row.leg,
        "channel": row.channel,
        "state": row.state.value,
        "language": row.language,
        "provider_ref": row.provider_ref,
        "code": row.code,
        "attempts": row.attempts,
        "possible_duplicate": int(row.possible_duplicate),
        "updated_at": instant(row.updated_at),
    }


def _stored(entry: Entry) -> dict[str, Any]:
    line = entry.line
    return {
        "prev": entry.prev,
        "stream": line.stream,
        "version": line.version,
        "type": line.type,
        "schema": line.schema_version,
        "at": instant(line.at),
        "actor": line.actor,
        "body": line.body,
        "hash": entry.hash,
    }
