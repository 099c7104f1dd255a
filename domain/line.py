"""The written form of a fact: one line of a stream, and the bytes that the chain hashes."""

import hashlib
import json
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

NAMESPACE = uuid.UUID("5f0e7c1c-8f0e-5d53-9a55-6b1f1d0c7d01")
GENESIS = "0" * 64


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Unbroken = Annotated[
    str, Field(pattern=r"^[^\n]+$", description="text without LF, which parts the hashed fields")
]


def canonical(value: Any) -> str:
    """Write a JSON value in its one form: sorted keys, no spaces, UTF-8, no floats.

    Raises:
        TypeError: for a float, or anything JSON has no word for.

    """
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form here; write a decimal as text")
    if isinstance(value, dict):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_floats(inner)


def instant(at: datetime) -> str:
    """Write an aware instant as UTC with microseconds and `Z`: `2026-11-23T03:00:00.000000Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Line(BaseModel):
    """One fact as the ledger stores it; `body` is the canonical JSON text itself."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    stream: Unbroken
    version: int = Field(ge=1)
    type: Unbroken
    schema_version: int = Field(default=1, ge=1)
    at: Instant
    actor: Unbroken
    body: str

    @property
    def fact_id(self) -> uuid.UUID:
        """The same for every attempt to write this line: uuid5 over `stream/version`."""
        return uuid.uuid5(NAMESPACE, f"{self.stream}/{self.version}")

    def hashed(self, prev: str) -> str:
        """SHA-256, in hex, over `prev` and this line's fields joined by LF.

        The bytes are UTF-8 of: prev, stream, version, type, schema, at, actor, body. The body comes
        last and every other field is free of LF, so no two lines share their bytes.
        """
        text = "\n".join(
            (
                prev,
                self.stream,
                str(self.version),
                self.type,
                str(self.schema_version),
                instant(self.at),
                self.actor,
                self.body,
            ),
        )
        return hashlib.sha256(text.encode()).hexdigest()
