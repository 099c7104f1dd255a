"""How the auditor reads the ledger: read-only, in a thread of its own, and never for longer than it may."""

import asyncio
from collections.abc import Iterator

from sqlalchemy import URL, make_url

from domain.finding import Finding
from ledger.database import Database
from ledger.errors import LedgerUnavailable
from ledger.following import Followed, Follower
from ledger.port import Head
from service.auditor.dockets import Dockets

# Rows that are verified once more at each look, so that what is altered long after it was read is found.
VERIFIED_AGAIN = 2_000
_STATEMENT_MS = 60_000


class LedgerEye:
    """Follows the ledger from look to look; `dockets` hold what it obliges to.

    Args:
        url: of the ledger, best for a role that may only SELECT.
        seconds: a look lasts no longer.

    """

    def __init__(self, url: str, seconds: float = 120) -> None:
        self._url = bounded(make_url(url)).render_as_string(hide_password=False)
        self._seconds = seconds
        self._reading: asyncio.Future[Followed] | None = None
        self._follower = Follower()
        self.dockets = Dockets()

    @property
    def heads(self) -> dict[str, Head]:
        """Where each stream stood when it was last found whole."""
        return self._follower.noted

    def note(self, heads: dict[str, Head]) -> None:
        """Begin with the heads that an earlier process saw."""
        self._follower.noted = dict(heads)

    def forget(self, stream: str) -> None:
        """Take a stream as it now stands: a person has looked into it."""
        self._follower.forget(stream)

    async def look(self, *, again: int = VERIFIED_AGAIN) -> Followed:
        """Read what is new and verify it.

        Raises:
            LedgerUnavailable: the ledger cannot be read now, or does not answer in time.

        """
        # A thread that hangs in a driver cannot be ended; it is waited for, not joined by another.
        reading = self._reading or asyncio.ensure_future(asyncio.to_thread(self._follow, again))
        done, _ = await asyncio.wait({reading}, timeout=self._seconds * 1.5)
        self._reading = None if done else reading
        if not done:
            raise LedgerUnavailable("unreachable", "the ledger does not answer in time.")
        return reading.result()

    def _follow(self, again: int) -> Followed:
        # Opened anew each time: a SQLite file may have got, or lost, its log since.
        database = Database(self._url, writes=False, shared=True)
        try:
            return self._follower.follow(database, self.dockets, seconds=self._seconds, again=again)
        finally:
            database.close()


def judged(followed: Followed) -> Iterator[Finding]:
    """Say what a look at the ledger itself found."""
    for stream, bad in followed.bad.items():
        yield Finding(
            kind="ledger.tampered",
            subject=stream,
            detail=f"version {bad.version}, {bad.what}",
            mark=f"v{bad.version}",
        )
    for stream, noted in followed.cut.items():
        yield Finding(
            kind="ledger.cut",
            subject=stream,
            detail=f"version {noted.version} was there with the hash {noted.hash[:12]}…",
            mark=noted.hash[:12],
        )


def bounded(url: URL) -> URL:
    """Have a PostgreSQL server give up a statement, and the line to a dead one, after a minute."""
    if url.get_backend_name() != "postgresql":
        return url
    options = url.query.get("options", "")
    given = options if isinstance(options, str) else " ".join(options)
    mine = f"-cstatement_timeout={_STATEMENT_MS}"
    return url.update_query_dict(
        {"options": f"{given} {mine}".strip(), "tcp_user_timeout": str(_STATEMENT_MS)}
    )
