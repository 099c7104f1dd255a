"""What other rooms may ask of the ledger, and the values that cross the border; imports no driver."""

from ledger.port.deliveries import (
    Claimed,
    Counts,
    Deliveries,
    DeliveryRow,
    DeliveryState,
    NewDelivery,
    Outcome,
    Receipt,
    Received,
    RejectedRow,
    Tally,
    Unknown,
    Verdict,
)
from ledger.port.facts import BadFact, Entry, Head, Ledger, Verification, Views
from ledger.port.inbox import Inbox, InboxItem, Parcel, Status, Stored, Storing
from ledger.port.sealed import Artefact, Artefacts, CampaignKey, Keys, KeyWrap, Seal

__all__ = [
    "Artefact",
    "Artefacts",
    "BadFact",
    "CampaignKey",
    "Claimed",
    "Counts",
    "Deliveries",
    "DeliveryRow",
    "DeliveryState",
    "Entry",
    "Head",
    "Inbox",
    "InboxItem",
    "KeyWrap",
    "Keys",
    "Ledger",
    "NewDelivery",
    "Outcome",
    "Parcel",
    "Receipt",
    "Received",
    "RejectedRow",
    "Seal",
    "Status",
    "Stored",
    "Storing",
    "Tally",
    "Unknown",
    "Verdict",
    "Verification",
    "Views",
]
