"""What a message says: a port, because the words stand in files that a lawyer edits."""

from typing import Protocol

from domain.kind import INDIVIDUAL, Kind
from domain.letter import Case, Letter


class Letters(Protocol):
    """The messages that can be sent, by id."""

    def digest(self, message: str) -> str:
        """SHA-256, in hex, over the message's templates.

        Raises:
            KeyError: there is no such message.

        """

    def letter(
        self, message: str, channel: str, language: str, case: Case, kind: Kind = INDIVIDUAL
    ) -> Letter:
        """Write the message once for everybody of one channel, language and kind; the name stays open.

        Raises:
            KeyError: there is no such message, or none for this channel.

        """
