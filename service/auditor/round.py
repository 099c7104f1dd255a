"""The auditor's round: look, tell, give the sign of life, note, and wait; no fault ends it."""

import asyncio
import contextlib
import logging
import sqlite3
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.bulletin import Bulletin, Rhythm, Standing, bulletin, standing, told
from domain.finding import Finding
from ledger.port import Head
from service.auditor import words
from service.auditor.look import LOOK_SECONDS, Auditor, Look, opened
from service.auditor.notebook import Notebook
from service.auditor.voice import Voice, voice
from service.running import stopping
from service.settings import Settings
from service.settings_error import SettingsError
from service.temporal_lock import Claim

LOG = logging.getLogger("tocsin.auditor")
# What may be gone again in a moment, such as a server that starts anew, is told once it has lasted.
PATIENT: Final = frozenset({"queue.unpolled", "ledger.unreachable", "temporal.unreachable"})
GONE: Final = Finding(kind="engine.gone", subject="engine")


@dataclass(slots=True)
class Round:
    """What is carried from one look to the next."""

    auditor: Auditor
    notes: Notebook
    voice: Voice
    standings: dict[str, Standing] = field(default_factory=dict)
    _noted: dict[str, Head] = field(default_factory=dict)
    _since: dict[str, datetime] = field(default_factory=dict)

    def recall(self) -> None:
        """Go on where an earlier process left off."""
        self._noted = self.notes.heads()
        self.standings = self.notes.standings()
        self.auditor.ledger.note(self._noted)

    async def turn(self) -> Look:
        """Look once and say what is to be said; the look, without what has not lasted or was accepted."""
        try:
            look = await self.auditor.look()
        except Exception as fault:
            LOG.exception("a look failed")
            found = Finding(kind="auditor.fault", subject="auditor", detail=type(fault).__name__)
            look = Look(datetime.now(UTC), (found,), complete=False)
        judged = replace(look, findings=tuple(self._counting(look)))
        await self._say(judged)
        if judged.findings or judged.complete:
            await self.voice.beat(judged)
        self._note(judged.at)
        return judged

    async def gone(self) -> None:
        """Tell that the engine ended without a goodbye; nothing is looked at any more."""
        look = Look(datetime.now(UTC), (GONE,), complete=False)
        await self._say(look)
        await self.voice.beat(look)
        self._note(look.at)

    def _counting(self, look: Look) -> Iterable[Finding]:
        findings = list(look.findings)
        if self.notes.begun_anew:
            findings.append(Finding(kind="auditor.fault", subject="notes", detail="they could not be read"))
            self.notes.begun_anew = False
        patience = timedelta(seconds=self.auditor.settings.auditor.patience_seconds)
        now_patient = {finding.key for finding in findings if finding.kind in PATIENT}
        self._since = {key: self._since.get(key, look.at) for key in now_patient}
        accepted = self._accepted()
        for finding in findings:
            if finding.key in accepted:
                if finding.kind.startswith("ledger."):
                    self.auditor.ledger.forget(finding.subject)
            elif finding.kind not in PATIENT or look.at - self._since[finding.key] >= patience:
                yield finding

    def _accepted(self) -> frozenset[str]:
        try:
            return frozenset(self.notes.accepted())
        except sqlite3.Error:
            return frozenset()

    async def _say(self, look: Look) -> None:
        part = self.auditor.settings.auditor
        rhythm = Rhythm(
            repeat=timedelta(minutes=part.repeat_minutes),
            escalate_after=timedelta(minutes=part.escalate_minutes),
        )
        after = standing(self.standings, look.findings, look.at)
        if not look.complete:
            # Who cannot see must not say that something is over.
            after = {**self.standings, **after}
        said = bulletin(self.standings, after, look.at, rhythm)
        if said.silent:
            self.standings = after
            return
        _log(said)
        if await self.voice.tell(said):
            self.standings = told(after, said)
        else:
            # Nobody heard it, so it is said again at the next look; also what is over.
            self.standings = {**{each.finding.key: each for each in said.over}, **after}

    def _note(self, at: datetime) -> None:
        heads = self.auditor.ledger.heads
        fresh = {name: head for name, head in heads.items() if self._noted.get(name) != head}
        try:
            self.notes.write(fresh, self.standings, at)
        except sqlite3.Error as error:
            LOG.warning("the auditor's notes could not be written: %s", type(error).__name__)
        else:
            self._noted |= fresh


async def keep_watch(settings: Settings, say: Callable[[str], None], *, beside: bool = False) -> None:
    """Look again and again until SIGTERM or Ctrl-C.

    Args:
        settings: of the installation.
        say: writes a line for whoever started it.
        beside: standard input is a line to the engine; when it closes without a goodbye, that is told, and
            the auditor leaves, so that nothing is left behind on this machine.

    Raises:
        SettingsError: the settings cannot be used, or another auditor looks already.

    """
    stop = stopping()
    notes = Notebook(settings.data_dir)
    claim = Claim.take(notes.folder / "lock")
    if claim is None:
        raise SettingsError(
            "settings.auditor_twice", f"Another auditor already looks, with its notes in {notes.folder}."
        )
    try:
        async with voice(settings) as ours:
            round_ = Round(opened(settings), notes, ours)
            round_.recall()
            part = settings.auditor
            say(f"Looking every {part.interval_seconds:g} s; {_heard(settings)}.")
            engine = asyncio.create_task(_goodbye()) if beside else None
            waiting = asyncio.create_task(stop.wait())
            ends = {waiting, engine} if engine else {waiting}
            while not stop.is_set():
                try:
                    await round_.turn()
                except Exception:
                    # Whatever it was, the next look comes; and no sign of life was given for this one.
                    LOG.exception("a round failed")
                done, _ = await asyncio.wait(
                    ends, timeout=part.interval_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                if engine in done and not stop.is_set():
                    if engine is not None and not engine.result():
                        await round_.gone()
                    break
            for task in ends:
                task.cancel()
    finally:
        claim.release()


def alive(settings: Settings, now: datetime) -> bool:
    """Whether the last look is recent enough for an auditor that lives."""
    if not (settings.data_dir / "auditor").is_dir():
        return False
    looked_at = Notebook(settings.data_dir).looked_at()
    most = LOOK_SECONDS + 2 * settings.auditor.interval_seconds
    return looked_at is not None and now - looked_at < timedelta(seconds=most)


async def _goodbye() -> bool:
    """Wait for the end of standard input; whether its last word was a goodbye."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError, ValueError):
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        return (await reader.read()).endswith(b"bye\n")
    return True


def _log(said: Bulletin) -> None:
    for each in said.new:
        LOG.error("%s", words.line(each.finding, "en"))
    for each in said.over:
        LOG.warning("over: %s", words.line(each.finding, "en"))


def _heard(settings: Settings) -> str:
    part = settings.auditor
    ways = {
        "e-mail": part.to,
        "chat": part.im,
        "webhook": part.webhook,
        "heartbeat": part.heartbeat_url,
    }
    named = [name for name, way in ways.items() if way]
    return f"heard by {', '.join(named)}" if named else "heard by nobody but this log: set TOCSIN_AUDITOR"
