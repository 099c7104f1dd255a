"""A source: somebody who may send alerts through the door, and how its bodies are read."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from intake.adapters import ADAPTERS, CARRIERS
from intake.signature import BadSecret, key_of

MEBIBYTE: Final = 1 << 20
MOST_SECRETS: Final = 2

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Source:
    """One sender: its name in the route, its adapter, its secrets, and how it wants to be answered.

    `carriers` are the wrappings this sender may put around its findings, outermost first; a bare finding is
    read all the same.

    Raises:
        ValueError: one sentence that names the source and what is wrong with it, never a secret.

    """

    name: str
    adapter: str
    secrets: tuple[str, ...] = field(repr=False)
    carriers: tuple[str, ...] = ("eventbridge",)
    max_body: int = MEBIBYTE
    ok_status: Literal[200, 202] = 202
    drill: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"the source {self.name[:40]!r} needs a name of at most 32 small letters, digits and hyphens"
            )
        self._see(self.adapter in ADAPTERS, f"its adapter must be one of {', '.join(sorted(ADAPTERS))}")
        for carrier in self.carriers:
            self._see(carrier in CARRIERS, f"its carriers must be among {', '.join(sorted(CARRIERS))}")
        self._see(
            1 <= len(self.secrets) <= MOST_SECRETS,
            f"it needs one secret, or {MOST_SECRETS} while they change",
        )
        self._see(self.max_body > 0, "its largest body must be a positive number of bytes")
        self._see(self.ok_status in {200, 202}, "it can be answered with 200 or 202")
        for secret in self.secrets:
            try:
                key_of(secret)
            except BadSecret as bad:
                raise ValueError(f"the source {self.name}: {bad}") from None

    def _see(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise ValueError(f"the source {self.name}: {otherwise}")
