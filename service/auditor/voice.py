"""The auditor's own ways of being heard: none of them goes through Temporal."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from domain.bulletin import Bulletin
from notifiers.errors import NotifierError
from notifiers.heartbeat import Heartbeat
from notifiers.http_line import Address
from notifiers.im import Group, ImNotifier
from notifiers.port import Message, Notifier
from notifiers.webhook import WebhookNotifier
from service.auditor import words
from service.auditor.look import Look
from service.channels import mail as mail_channel
from service.settings import Settings
from service.settings_error import SettingsError

LOG = logging.getLogger("tocsin.auditor")
SEND_SECONDS: Final = 60
_GROUP: Final = "auditor"


@dataclass(frozen=True, slots=True)
class Way:
    """One address and the channel that reaches it; `late` ones hear only of what stands long."""

    notifier: Notifier
    to: str
    late: bool = False


class Voice:
    """Tells people, and gives the sign of life."""

    def __init__(self, ways: Sequence[Way], heartbeat: Heartbeat | None, language: str, domain: str) -> None:
        self._ways = ways
        self._heartbeat = heartbeat
        self._language = language
        self._domain = domain

    async def tell(self, said: Bulletin) -> bool:
        """Tell everybody who is to hear it; whether at least one did, or nobody is there to hear."""
        title, body = words.subject(said, self._language), words.text(said, self._language)
        ways = [way for way in self._ways if said.escalated or not way.late]
        heard = [await self._sent(way, said, title, body) for way in ways]
        return any(heard) or not ways

    async def beat(self, look: Look) -> None:
        """Tell somebody outside that the auditor lives, and whether it found something."""
        if self._heartbeat is None:
            return
        said = words.counted(look.findings, look.incidents, look.clocks)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._heartbeat.beat(said, well=not look.findings)
        except (NotifierError, TimeoutError) as error:
            LOG.warning("the heartbeat was not taken: %s", _code(error))

    async def _sent(self, way: Way, said: Bulletin, title: str, body: str) -> bool:
        reference = hashlib.sha256(f"{said.at.isoformat()}/{way.to}".encode()).hexdigest()[:32]
        message = Message(
            reference=reference,
            to=way.to,
            subject=title,
            text=body,
            language=self._language,
            message_id=f"<{reference}@{self._domain}>",
        )
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await way.notifier.send(message)
        except (NotifierError, TimeoutError) as error:
            LOG.warning("an alarm over %s failed: %s", way.notifier.channel, _code(error))
            return False
        return True


def _code(error: NotifierError | TimeoutError) -> str:
    return error.code if isinstance(error, NotifierError) else "silence"


@asynccontextmanager
async def voice(settings: Settings) -> AsyncIterator[Voice]:
    """Open the auditor's channels for the block.

    Raises:
        SettingsError: `settings.invalid`, when one of them cannot work.

    """
    part = settings.auditor
    email = part.email or settings.email
    async with AsyncExitStack() as stack:
        ways: list[Way] = []
        heartbeat = None
        try:
            if (part.to or part.escalate_to) and email is None:
                raise SettingsError(
                    "settings.invalid", "TOCSIN_AUDITOR__TO needs a relay: set TOCSIN_AUDITOR__EMAIL."
                )
            if email is not None and (part.to or part.escalate_to):
                mail = await stack.enter_async_context(mail_channel(email))
                ways += [Way(mail, each.get_secret_value()) for each in part.to]
                ways += [Way(mail, each.get_secret_value(), late=True) for each in part.escalate_to]
            if part.im is not None:
                group = Group(_GROUP, part.im.get_secret_value())
                ways.append(Way(await stack.enter_async_context(ImNotifier([group])), _GROUP))
            if part.webhook is not None:
                address = Address(part.webhook.url.get_secret_value(), part.webhook.ca_file)
                hook = WebhookNotifier(address, part.webhook.secret.get_secret_value())
                ways.append(Way(await stack.enter_async_context(hook), "webhook"))
            if part.heartbeat_url is not None:
                fail = part.heartbeat_fail_url.get_secret_value() if part.heartbeat_fail_url else ""
                beat = Heartbeat(Address(part.heartbeat_url.get_secret_value()), fail)
                heartbeat = await stack.enter_async_context(beat)
        except NotifierError as error:
            sentence = f"TOCSIN_AUDITOR: a channel cannot be used, {error.detail or error.code}."
            raise SettingsError("settings.invalid", sentence) from error
        domain = email.sender.rpartition("@")[2] if email else "tocsin.invalid"
        yield Voice(ways, heartbeat, part.language, domain)
