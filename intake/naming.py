"""Names that the door gives: keyed hashes, from which nothing can be read back."""

import hmac
from collections.abc import Callable

_TAG = 16


class Naming:
    """Names under the installation's key; `hide(purpose, text)` is HMAC-SHA256 separated by purpose."""

    def __init__(self, hide: Callable[[str, str], bytes]) -> None:
        self._hide = hide

    def delivery(self, row: int) -> str:
        """Name a stored delivery: its row and a tag, without which nobody can ask for it."""
        return f"{row}-{self._tag(row)}"

    def row(self, delivery: str) -> int | None:
        """Find the row a delivery's name stands for; None when the door never gave that name."""
        digits = delivery.partition("-")[0]
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _TAG):
            return None
        row = int(digits)
        return row if hmac.compare_digest(self.delivery(row).encode(), delivery.encode()) else None

    def carriage(self, source: str, delivery: str) -> str:
        """Name a sender's delivery for Temporal, whatever the sender put into its id."""
        return self._hide("carriage", f"{source}\n{delivery}").hex()[:_TAG]

    def finding(self, source: str, external: str) -> str:
        """Name a finding by its source and the source's own id of it."""
        return self._hide("finding", f"{source}\n{external}").hex()

    def correlation(self, key: str) -> str:
        """Name what findings of one incident have in common."""
        return self._hide("correlation", key).hex()

    def _tag(self, row: int) -> str:
        return self._hide("delivery", str(row)).hex()[:_TAG]
