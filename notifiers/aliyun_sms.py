"""SMS through Aliyun: approved templates and a signature, one person or up to a hundred with one request."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from notifiers.aliyun_codes import ABOUT_ONE, code_of
from notifiers.aliyun_line import MOST, AliyunAccount, AliyunLine, Template
from notifiers.errors import Misconfigured, NotifierError, Unknown, Unreachable
from notifiers.gathered import Gathered, Outcomes
from notifiers.port import HALTED, Accepted, Answer, Halted, Message, Reference, Verdict, never

PREFIX = "aliyun:"
"""Begins every reference of this provider's, so that it can be told from another's."""

_ZONE = ZoneInfo("Asia/Shanghai")
_PAGE = 50
_MOST_PAGES = 4
_BATCH = "batch-"
_HOME = "+86"
_SETTLED = {1: Answer.ACCEPTED, 2: Answer.REFUSED, 3: Answer.DELIVERED}


def _now() -> datetime:
    return datetime.now(UTC)


class AliyunSmsNotifier(Gathered):
    """The SMS channel through Aliyun; what is sent is the approved template, filled in, never `text`.

    The API knows no idempotency: a request that left and was not answered is `Unknown`. Codes:
    `aliyun.<its code>`, `aliyun.template`, `aliyun.template.unapproved`, `aliyun.template.kind` and those of
    `WebLine`.
    """

    channel = "sms"

    def __init__(self, account: AliyunAccount, now: Callable[[], datetime] = _now) -> None:
        if not 1 <= account.batch <= MOST:
            raise Misconfigured("aliyun.batch", f"a request carries 1 to {MOST} numbers")
        super().__init__(account.concurrency)
        self._account = account
        self._now = now
        self._line = AliyunLine(account, now)

    async def send(self, message: Message) -> Accepted:
        """Send one SMS; the row's reference travels as OutId and comes back with the receipt."""
        template = self._account.template(message.template, message.language, message.kind)
        said = await self._line.ask(
            "SendSms",
            {
                "PhoneNumbers": _number(message.to),
                "SignName": self._account.sign_name,
                "TemplateCode": template.code,
                "TemplateParam": json.dumps(_filled(template, message), ensure_ascii=False),
                "OutId": message.reference,
            },
            acting=True,
        )
        return self._accepted(said)

    async def send_many(self, messages: Sequence[Message], halted: Halted = never) -> Outcomes:
        """Send a batch, with one request for each person or for each `batch` people of one template."""
        if self._account.batch == 1:
            return await super().send_many(messages, halted)
        batches = list(self._batches(messages))
        found = await self.spread(
            [[messages[place] for place in places] for places in batches],
            partial(self._together, halted=halted),
            halted,
        )
        by_place = {
            place: outcome
            for places, outcomes in zip(batches, found, strict=True)
            for place, outcome in zip(places, outcomes, strict=True)
        }
        return [by_place[place] for place in range(len(messages))]

    async def look_up(self, reference: Reference) -> Verdict:
        """Ask for the number's messages of the days since the attempt; the OutId tells which one it is.

        A message that went out with a batch carries the batch's OutId. Such a one within the time makes the
        answer *cannot tell*: it may be this one or another's.
        """
        batched = False
        since = reference.attempted_at - self._account.leeway
        for day in _days(since, self._now()):
            for page in range(1, _MOST_PAGES + 1):
                said = await self._asked(reference, day, page)
                for detail in said:
                    if detail.get("OutId") == reference.reference:
                        return _verdict(detail, reference)
                    batched |= str(detail.get("OutId", "")).startswith(_BATCH) and _sent(detail) >= since
                if len(said) < _PAGE:
                    break
            else:
                return Verdict(Answer.CANNOT_TELL, code="aliyun.too_many")
        if batched:
            return Verdict(Answer.CANNOT_TELL, code="aliyun.batched")
        settled = self._now() - reference.attempted_at >= self._account.settle
        return Verdict(Answer.NOT_FOUND, settled=settled, code="aliyun.not_listed")

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._line.aclose()

    async def _asked(self, reference: Reference, day: str, page: int) -> list[dict[str, Any]]:
        said = await self._line.ask(
            "QuerySendDetails",
            {
                "PhoneNumber": _number(reference.to),
                "SendDate": day,
                "PageSize": str(_PAGE),
                "CurrentPage": str(page),
            },
            acting=False,
        )
        details = said.get("SmsSendDetailDTOs")
        found = details.get("SmsSendDetailDTO") if isinstance(details, dict) else None
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def _batches(self, messages: Sequence[Message]) -> Iterator[list[int]]:
        """Places of messages that may go together: one template in one language for one kind of reader."""
        groups: dict[tuple[str, str, str], list[int]] = {}
        for place, message in enumerate(messages):
            key = (message.template, message.language, message.kind)
            group = groups.setdefault(key, [])
            group.append(place)
            if len(group) == self._account.batch:
                yield groups.pop(key)
        yield from groups.values()

    async def _together(self, group: Sequence[Message], halted: Halted) -> Outcomes:
        try:
            made = await self._batched(group)
        except NotifierError as error:
            if len(group) > 1 and error.code.removeprefix("aliyun.") in ABOUT_ONE:
                # One number spoils the batch, none of it was taken: each goes by itself.
                return [
                    outcome
                    for each in group
                    for outcome in ([Unreachable(None, HALTED)] if halted() else await self._alone([each]))
                ]
            return [error] * len(group)
        return [made] * len(group)

    async def _batched(self, messages: Sequence[Message]) -> Accepted:
        one = messages[0]
        template = self._account.template(one.template, one.language, one.kind)
        said = await self._line.ask(
            "SendBatchSms",
            {"TemplateCode": template.code, "OutId": _BATCH + secrets.token_hex(8)},
            {
                "PhoneNumberJson": json.dumps([_number(each.to) for each in messages]),
                "SignNameJson": json.dumps([self._account.sign_name] * len(messages), ensure_ascii=False),
                "TemplateParamJson": json.dumps(
                    [_filled(template, each) for each in messages], ensure_ascii=False
                ),
            },
            acting=True,
        )
        return self._accepted(said)

    def _accepted(self, said: dict[str, Any]) -> Accepted:
        ref = said.get("BizId")
        if not (isinstance(ref, str) and ref):
            raise Unknown("aliyun.garbled")
        return Accepted(PREFIX + ref, self._now(), "aliyun.OK")


def _number(to: str) -> str:
    """Write a number as the API wants it: at home without the country, abroad with it, never with a plus."""
    return to.removeprefix(_HOME).removeprefix("+")


def _filled(template: Template, message: Message) -> dict[str, str]:
    name = message.name or template.nameless
    return {key: value.replace("{name}", name) for key, value in template.params.items()}


def _days(since: datetime, until: datetime) -> list[str]:
    """The provider's days from one instant to another, at most three, the first ones first."""
    first, last = since.astimezone(_ZONE).date(), until.astimezone(_ZONE).date()
    return [f"{first + timedelta(days=number):%Y%m%d}" for number in range(min((last - first).days, 2) + 1)]


def _sent(detail: dict[str, Any]) -> datetime:
    """When the provider sent a message; one without a readable time counts as just now."""
    try:
        return datetime.strptime(str(detail.get("SendDate")), "%Y-%m-%d %H:%M:%S").replace(tzinfo=_ZONE)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def _verdict(detail: dict[str, Any], reference: Reference) -> Verdict:
    status = detail.get("SendStatus")
    answer = _SETTLED.get(status, Answer.ACCEPTED) if isinstance(status, int) else Answer.ACCEPTED
    return Verdict(
        answer,
        provider_ref=reference.provider_ref,
        code=code_of(detail.get("ErrCode")) or "aliyun.listed",
    )
