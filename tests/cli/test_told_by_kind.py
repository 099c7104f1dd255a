"""A person, a child, who answers for it and an organisation by real mail: each in words of its own."""

import asyncio
import csv
import email
import email.policy
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.audience import Audience, Freeze
from activities.deliver import Batch, Count, Deliver, Reconcile
from activities.senders import Senders
from activities.sources import Sources
from domain import campaign as k
from domain import commands as c
from domain.audience import Columns
from domain.disclosure import case_digest
from domain.fact import Fact
from domain.facts import DutyKey, NotificationRequested
from domain.ids import campaign_stream
from domain.playbook import Words
from notifiers.email import EmailNotifier
from notifiers.mime import Sender
from notifiers.smtp_pool import Relay, Tls
from playbooks.messages import Messages
from service.local_endpoints.smtp_sink import SmtpSink
from tests.cli.test_notify_evidence import memory, run

__all__ = ["memory"]

AT = datetime(2026, 11, 26, tzinfo=UTC)
LIST = """姓名,邮箱,手机号,主体类型,未成年,监护人,监护人邮箱
王伟,wei@people.example,,,,,
小王,xiao@people.example,,,是,王父,fu@people.example
示例有限公司,office@firm.example,,企业,,,
小李,,13800138000,,是,李母,
坏公司,x@firm.example,,企业,是,,
"""


class Told:
    """A campaign carried by the real activities, its facts written as its workflow would."""

    def __init__(self, case, memory, folder):
        self.case, self.memory = case, memory
        self.stream = campaign_stream(case.incident, 1)
        self.list = folder / "people.csv"
        self.list.write_text(LIST, encoding="utf-8")
        self.sha256 = hashlib.sha256(self.list.read_bytes()).hexdigest()
        self.letters = Messages(Words(zh="", en=""))
        self.environment = ActivityEnvironment()
        self.environment.info = replace(self.environment.info, start_to_close_timeout=timedelta(minutes=5))

    @property
    def organisation(self):
        return self.case.book.opening.organisation

    def order(self):
        self.case.leak()
        duties = (DutyKey(duty="CN-NDSMR-11-IND", authority="individuals"),)
        asked = NotificationRequested(
            campaign=1, audience=str(self.list), sha256=self.sha256, message="data-leak", duties=duties
        )
        state = self.case.state
        self.case._write([self._fact(state.stream, state.version + 1, asked)])

    def freeze(self):
        request = Freeze(
            campaign=self.stream,
            incident=self.case.incident,
            audience=str(self.list),
            sha256=self.sha256,
            message="data-leak",
            channels=("email",),
            drill=False,
        )
        memory = self.memory
        audience = Audience(memory.deliveries, memory.keys, self.letters, Columns, Sources({}).opened)
        frozen = self.environment.run(audience.freeze, request)
        named = case_digest(self.case.state.facts, self.organisation)
        frozen = frozen.model_copy(update={"case_sha256": named})
        self.append(1, frozen, k.CampaignStarted())
        return frozen

    async def tell(self, port):
        relay = Relay(host="127.0.0.1", port=port, tls=Tls.NONE, connections=2)
        async with EmailNotifier(relay, Sender("notice@tocsin.invalid")) as mail:
            deliver = Deliver(
                self.memory.deliveries,
                self.memory.keys,
                Senders({"email": mail}, {}),
                self.letters,
                domain="tocsin.invalid",
            )
            case = {
                "incident": self.case.incident,
                "message": "data-leak",
                "facts": self.case.state.facts,
                "organisation": self.organisation,
                "drill": False,
            }
            span = {"campaign": self.stream, "first": 1, "last": 100}
            batch = Batch(channels=("email",), limit=100, token="shard/1", **span, **case)
            await self.environment.run(deliver.batch, batch)
            await self.environment.run(deliver.reconcile, Reconcile(final=True, **span, **case))
            count = Count(campaign=self.stream)
            settled = await asyncio.to_thread(self.environment.run, deliver.count, count)
        self.append(3, settled)
        return settled

    def append(self, first, *bodies):
        facts = [self._fact(self.stream, first + n, body) for n, body in enumerate(bodies)]
        self.memory.ledger.append(self.stream, [fact.line() for fact in facts])

    @staticmethod
    def _fact(stream, version, body):
        return Fact(stream=stream, version=version, at=AT, actor="system:campaign", body=body)


@pytest.fixture
def told(case, memory, tmp_path):
    return Told(case, memory, tmp_path)


async def test_each_kind_is_told_in_its_own_words_and_the_evidence_repeats_them(told):
    told.order()
    frozen = await asyncio.to_thread(told.freeze)
    assert frozen.kinds == {"guardian": 2, "individual": 1, "minor": 2, "organisation": 1}
    assert (frozen.total, frozen.broken, frozen.unreachable) == (6, 1, 2)
    assert [(row.line, row.code) for row in told.memory.deliveries.rejected(told.stream)] == [
        (6, "contradictory_kind")
    ]
    async with SmtpSink(keep=True) as sink:
        settled = await told.tell(sink.port)
    assert settled.counts == {"sent": 4, "unreachable": 2}

    mails = {}
    for each in sink.mails:
        message = email.message_from_bytes(each.content, policy=email.policy.default)
        html = message.get_body(("html",)).get_content()
        mails[message["To"]] = (message["Subject"], message.get_body(("plain",)).get_content(), html)
    said = {
        "wei@people.example": ("individual", "王伟，您好：", "您的"),
        "xiao@people.example": ("minor", "小王，你好：", "父母或者其他监护人"),
        "fu@people.example": ("guardian", "王父，您好：", "您监护的未成年人"),
        "office@firm.example": ("organisation", "示例有限公司：", "与贵单位有关的"),
    }
    assert mails.keys() == said.keys()
    assert len({text.partition("\n")[2] for _, text, _ in mails.values()}) == 4
    # Nothing in a guardian's message says which child it is about.
    assert not any("小王" in part for part in mails["fu@people.example"])

    for address, (kind, greeting, words) in said.items():
        subject, text, html = mails[address]
        assert text.startswith(greeting)
        assert words in text
        assert words in html
        why = ("--reason", "complaint", "-o", "json")
        answer = await asyncio.to_thread(
            run, "notify", "evidence", told.case.incident, 1, "--person", address, *why
        )
        shown = json.loads(answer.stdout)
        assert shown["person"]["kind"] == kind
        assert shown["message"]["certain"]
        assert [part.split() for part in shown["message"]["words"]] == [
            part.split() for part in (subject, text, html)
        ]


async def test_who_is_told_by_hand_is_named_with_who_answers_for_them(told, tmp_path):
    told.order()
    frozen = await asyncio.to_thread(told.freeze)
    told.case.word(c.AudienceWord(campaign=1, frozen=frozen))
    async with SmtpSink() as sink:
        settled = await told.tell(sink.port)
    told.case.word(c.CampaignWord(campaign=1, settled=settled))
    to = tmp_path / "unreached.csv"
    why = ("--reason", "the call centre")
    await asyncio.to_thread(run, "notify", "unreached", told.case.incident, 1, "--to", to, *why)
    with to.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("name", "phone", "kind", "guardian", "minor")
    assert [tuple(row[column] for column in columns) for row in rows] == [
        ("小李", "+8613800138000", "minor", "李母", ""),
        ("李母", "", "guardian", "", "小李 +8613800138000"),
    ]
