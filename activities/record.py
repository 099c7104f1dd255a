"""Write facts into the ledger, for as long as it takes."""

from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.line import Line
from domain.model import Value
from ledger.errors import Conflict, Gap

if TYPE_CHECKING:
    from ledger.port import Ledger


class Append(Value):
    """Consecutive lines of one stream; the same request twice writes once."""

    stream: str
    lines: tuple[Line, ...]


class Record:
    """The one way from a workflow into the ledger."""

    def __init__(self, ledger: "Ledger") -> None:
        self._ledger = ledger

    @activity.defn(name="ledger.append")
    def append(self, request: Append) -> int:
        """Append, and return the stream's version; a repeat is a success.

        Raises:
            ApplicationError: not retryable, `conflict` or `gap`, when the stream holds something else.

        """
        try:
            return self._ledger.append(request.stream, request.lines).version
        except (Conflict, Gap) as wrong:
            raise ApplicationError(str(wrong), type=wrong.code, non_retryable=True) from wrong
