"""Where public files lie, whatever it is made of: a directory that a web server shows, or a bucket."""

from contextlib import AbstractContextManager
from typing import Protocol


class Shelf(Protocol):
    """Holds files by their names, such as `feed.xml` or `I-…/v1.html`; each appears whole or not at all.

    Every method raises `Unreachable` for what may go well the next time, and `Misconfigured` for what will
    not until the settings or the place itself are mended.
    """

    def alone(self) -> AbstractContextManager[None]:
        """Keep other writers out for the block, if the shelf can; if not, they are put up with."""
        ...

    def names(self) -> list[str]:
        """Name the files that lie in folders; what others put there may be among them."""
        ...

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, in place of the one that was."""
        ...

    def check(self) -> None:
        """See, without writing anything, that files could be put there."""
        ...
