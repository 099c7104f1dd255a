"""What the ledger says when it cannot do what it was asked.

* LedgerError
  + Conflict           another content is already written at that version
  + Gap                the lines do not continue the stream
  + Erased             the key of what was asked for has been destroyed
  + KeyUnavailable     the master key is missing, too open or no key
  + LedgerUnavailable  the database cannot be used now: `code` and one sentence
"""


class LedgerError(Exception):
    """The root of everything the ledger raises on purpose; `code` is documented in docs/ledger.md."""

    code = "ledger"


class Conflict(LedgerError):  # noqa: N818  one plain word for what happened
    """A different content is already written at this version of the stream: never retried."""

    code = "conflict"

    def __init__(self, stream: str, version: int) -> None:
        super().__init__(f"{stream} already holds another fact at version {version}; nothing was written")
        self.stream = stream
        self.version = version


class Gap(LedgerError):  # noqa: N818  one plain word for what happened
    """The lines do not follow on the stream's head, or on each other: never retried."""

    code = "gap"

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} expects version {expected}, not {found}; nothing was written")
        self.stream = stream
        self.expected = expected
        self.found = found


class Erased(LedgerError):  # noqa: N818  one plain word for what happened
    """What was sealed cannot be opened any more, because its key was destroyed."""

    code = "erased"

    def __init__(self, owner: str) -> None:
        super().__init__(f"the key of {owner} was destroyed, so what it sealed is erased")
        self.owner = owner


class KeyUnavailable(LedgerError):  # noqa: N818  one plain word for what happened
    """The master key is missing, readable by others, or not a key."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class LedgerUnavailable(LedgerError):  # noqa: N818  one plain word for what happened
    """The database cannot be used now; a retry may succeed, and nothing was half-written."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
