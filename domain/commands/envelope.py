"""The one envelope of every command, and the command in it."""

from pydantic import Field

from domain.commands.orders import Order
from domain.facts import Approval, Proof
from domain.line import Instant
from domain.model import Value


class Envelope(Value):
    """Who asks, once (`nonce`), having seen which version, why, and who agreed."""

    operator: str = Field(min_length=1, max_length=64, pattern=r"^[^\n]+$")
    nonce: str = Field(min_length=8, max_length=64)
    issued_at: Instant
    seen_version: int | None = None
    reason: str = Field(default="", max_length=2000)
    approvals: tuple[Approval, ...] = ()
    proof: Proof = Proof()


class Command(Value):
    """An operator's order in its envelope."""

    envelope: Envelope
    order: Order
