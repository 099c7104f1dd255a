"""Sent and not yet receipted: a state of its own, which stops no clock."""

from domain.facts import Filing
from domain.line import Instant
from domain.model import Value


class Filed(Value):
    """When a paper left, by which channel, and which (`report/1`); only the other side's receipt settles."""

    at: Instant
    channel: Filing
    reference: str
