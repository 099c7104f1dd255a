"""The dockets of every stream, kept from look to look; implements `ledger.following.Reader`."""

from domain.docket import Docket, blank, entered
from domain.line import Line


class Dockets:
    """What the ledger obliges to, stream by stream."""

    def __init__(self) -> None:
        self.known: dict[str, Docket] = {}

    def begin(self, stream: str) -> None:
        """Forget a stream: it comes again from its first fact."""
        docket = blank(stream)
        if docket is None:
            self.known.pop(stream, None)
        else:
            self.known[stream] = docket

    def take(self, line: Line) -> None:
        """Enter the next fact of a stream that is watched."""
        docket = self.known.get(line.stream)
        if docket is not None:
            self.known[line.stream] = entered(docket, line)
