"""Reports that come by mail go into their rows; what cannot be used is set aside and counted."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from intake.bounce import NoBounce, read
from ledger.port import Deliveries, Receipt, Received

_log = logging.getLogger(__name__)


class Became(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"  # its row knows of it, now or before
    NOTED = "noted"  # one of ours, and nothing is decided by it
    ASIDE = "aside"  # a person has to look at it


class Bounces:
    """Takes mails one by one, in any order, any number of times; a row only rises.

    Nobody signs a bounce. What makes one believed is the reference it names, which only we can make and which
    only the message itself carries: whoever forges one knows a message, and can change no other's row.
    """

    def __init__(self, deliveries: Deliveries, clock: Callable[[], datetime]) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self.aside: Counter[str] = Counter()

    def take(self, raw: bytes) -> Became:
        """Apply one mail to its row.

        Raises:
            LedgerUnavailable: it could not be written now; take the same mail again.

        """
        try:
            bounce = read(raw)
        except NoBounce as none:
            return self._set_aside(none.code)
        if bounce.state is None:
            return Became.NOTED
        for reference in bounce.references:
            receipt = Receipt(reference, bounce.state, f"mail/{bounce.event}", self._clock(), bounce.code)
            (became,) = self._deliveries.receive([receipt])
            if became is not Received.NO_SUCH_ROW:
                return Became.TAKEN
        return self._set_aside("bounce.unknown_reference")

    def _set_aside(self, code: str) -> Became:
        self.aside[code] += 1
        _log.warning("a mail was set aside: %s, the %d. of its kind since the start", code, self.aside[code])
        return Became.ASIDE
