"""What an adapter makes of a body: findings, with the names in them, which never leave this room."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from intake.body import JSON

Severity: TypeAlias = Literal[1, 2, 3, 4, 5]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in our terms.

    `external_id` is the sender's own id, empty where it gave none; then `content`, a hash of the finding,
    tells one from another, and rule, asset and day say which belong together. `updated_at` orders the
    revisions of one finding. `severity_raw` is the sender's own word for `severity`.
    """

    external_id: str = field(repr=False)
    content: str
    severity: Severity
    severity_raw: str
    category: str
    rule: str = field(repr=False)
    asset: str = field(repr=False)
    title: str = field(repr=False)
    observed_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and it asks for nothing: a check that passed, a sample, something resolved."""

    code: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """One of several findings that cannot be understood, while the others can."""

    code: str


Item: TypeAlias = Finding | Ignored | Malformed
Adapter: TypeAlias = Callable[[JSON], Sequence[Item]]
"""Reads one content format.

Raises:
    Unreadable: nothing of the body can be understood.

"""

Unwrapping: TypeAlias = Callable[[JSON], JSON]
"""Takes what a carrier wrapped out of its envelope; any other body comes back as it is."""
