"""Messages to groups (WeCom, DingTalk, Feishu and what else Apprise knows), through their webhooks."""

import asyncio
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from apprise import Apprise, AppriseAsset
from apprise.result import AppriseResult

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable
from notifiers.gathered import Gathered
from notifiers.port import Accepted, Answer, Message, Reference, Verdict

_REPLY = re.compile(r"error=(\d{3})\b")
_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class Group:
    """A group by the handle that messages name, and the Apprise URL that holds its webhook's secret."""

    handle: str
    url: str = field(repr=False)


def _now() -> datetime:
    return datetime.now(UTC)


class ImNotifier(Gathered):
    """The instant-messaging channel; a message's `to` is a group's handle.

    Apprise says whether a webhook took the message, and if not, in its log, with which HTTP status. It
    cannot tell whether a request without an answer was carried out: that is unknown. Codes:
    `im.<status>`, `im.no_answer`, `im.group`. A webhook has no memory to look into.

    Raises:
        Misconfigured: on construction, for a URL that Apprise does not know; only its handle is named.

    """

    channel = "im"

    def __init__(
        self,
        groups: Sequence[Group],
        *,
        concurrency: int = 4,
        now: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__(concurrency)
        self._now = now
        asset = AppriseAsset(secure_logging=True, async_mode=False)
        self._groups: dict[str, Apprise] = {}
        for group in groups:
            service = Apprise(asset=asset)
            with warnings.catch_warnings():
                # The first URL makes Apprise import every service it knows, some of them deprecated.
                warnings.simplefilter("ignore", DeprecationWarning)
                known = service.add(group.url)
            if not known:
                raise Misconfigured("im.group", f"the URL of group {group.handle} is not one Apprise knows")
            self._groups[group.handle] = service

    async def send(self, message: Message) -> Accepted:
        """Post one message to its group; see `Notifier.send`."""
        service = self._groups.get(message.to)
        if service is None:
            raise Misconfigured("im.group", "no group of that handle is in the settings")
        result = await asyncio.to_thread(service.notify, body=message.text, title=message.subject)
        if result:
            return Accepted(message.reference, self._now(), "im.200")
        raise _judged(result)

    async def look_up(self, reference: Reference) -> Verdict:  # noqa: ARG002 - a webhook cannot be asked
        """Say that a webhook cannot be asked."""
        return Verdict(Answer.CANNOT_TELL, code="im.no_memory")


def _judged(result: AppriseResult) -> NotifierError:
    replies = [int(found.group(1)) for entry in result.logs() if (found := _REPLY.search(entry.message))]
    if not replies:
        return Unknown("im.no_answer")
    status = replies[-1]
    code = f"im.{status}"
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        return Unreachable(_WAIT, code)
    if status in (400, 413, 422):
        return Refused(code, "the group's webhook does not take this message")
    if 300 <= status < 500:  # noqa: PLR2004 - redirects and refusals: the webhook itself is wrong
        return Misconfigured(code, "the group's webhook refuses us")
    return Unknown(code)
