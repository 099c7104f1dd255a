import asyncio
import email
import email.policy
import hashlib
import json
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.announce import Announce, DraftAnnouncement, PublishAnnouncement
from activities.contacts import Takes
from activities.desk import Desk, DutyLine
from activities.refer import DraftDossier, Refer, SendDossier
from activities.report import DraftReport, Report, SendReport
from activities.senders import Senders
from domain.facts import GradeAssessed
from domain.material import Done, EvidenceLine
from domain.organisation import Organisation
from domain.playbook import Words
from notifiers.announcement import AnnouncementPublisher
from notifiers.directory import DirectoryShelf
from notifiers.email import EmailNotifier
from notifiers.mime import Sender
from notifiers.recording import RecordingPublisher
from notifiers.smtp_pool import Relay, Tls
from playbooks.forms import FormLibrary
from playbooks.incident import load_playbook
from playbooks.notices import Notices
from playbooks.templating import TEMPLATES
from service.local_endpoints.smtp_fault import Act, Fault, Stage

INCIDENT = "I-AAAAAAAAAAAA"


class Addresses(dict):
    """What the settings say of the authorities' mailboxes."""

    def address(self, authority):
        return self.get(authority)

    def takes(self, authority):
        return Takes(("html", "docx", "json"), "zh") if authority == "psb" else Takes()


@pytest.fixture(scope="module")
def forms():
    return FormLibrary()


@pytest.fixture
def desk(forms, memory, senders, contact):
    titles = {step.id: step.title for step in load_playbook().steps}
    addresses = Addresses({"cac-provincial": "report@cac.example.cn", "psb": "psb@example.cn"})
    return Desk(
        forms, memory.artefacts, senders, addresses, contact=contact, domain="tocsin.invalid", titles=titles
    )


@pytest.fixture
def draft(moment, fact):
    def make(kind=DraftReport, **changes):
        facts = {
            "aware_at": fact("2026-11-23T03:00:00.000000Z"),
            "persons_affected": fact(1_204_331),
            "personal_information": fact("leaked"),
            "cii_affected": fact(value=False),
            "cause_known": fact(value=True, basis="供应商接口<未鉴权>"),
            "harms_individuals": fact(value=True, basis="已出现冒用身份的诈骗电话"),
            "crime_suspected": fact(value=True, basis="日志显示批量拖库"),
        }
        fields = {
            "incident": INCIDENT,
            "number": 1,
            "form": "ncirm-7",
            "duties": (
                DutyLine(
                    key="CN-NCIRM-4-OTHER/cac-provincial/1",
                    title="其他网络运营者的事件报告",
                    article="4(4)",
                    recipient="属地省级网信部门",
                    due_at=moment,
                ),
            ),
            "facts": facts,
            "organisation": Organisation(name="示例科技有限公司", province="浙江省", operates_cii=False),
            "grade": GradeAssessed(value="较大", decided_by=("Q5",)),
            "opened_at": moment,
            "severity": 3,
            "steps": {"isolate-source": "done", "preserve-evidence": "done", "harden": "waiting"},
            "at": moment,
            "drill": False,
        }
        if kind is DraftReport:
            fields["stage"] = "initial"
        else:
            evidence = EvidenceLine(
                what=Words(zh="报告 1 定稿", en="report 1 as frozen"), sha256="b" * 64, by="ledger"
            )
            fields |= {"authority": "psb", "form": "police", "done": Done(evidence=(evidence,))}
        return kind(**{**fields, **changes})

    return make


@pytest.fixture
def drawn(desk, environment, memory):
    """Draw a paper; the answer, its content and its page."""

    async def run(request):
        activity = Refer(desk).draft if isinstance(request, DraftDossier) else Report(desk).draft
        drafted = await asyncio.to_thread(environment.run, activity, request)
        paper = memory.artefacts.get(drafted.sha256)
        content = json.loads(paper.data)
        return drafted, content, memory.artefacts.get(content["html_sha256"]).data.decode()

    return run


@pytest.fixture
def send(desk, environment):
    async def run(sha256, kind=SendReport, **changes):
        fields = {
            "incident": INCIDENT,
            "number": 1,
            "authority": "cac-provincial",
            "sha256": sha256,
            "idempotency": "incident/I-AAAAAAAAAAAA:run:report/1",
            "drill": False,
        }
        activity = Refer(desk).send if kind is SendDossier else Report(desk).send
        return await environment.run(activity, kind(**{**fields, **changes}))

    return run


async def test_every_field_cites_the_fact_that_it_rests_on(drawn, draft):
    drafted, content, page = await drawn(draft())
    fields = {field["id"]: field for item in content["items"] for field in item["fields"]}
    assert fields["impact"]["cites"][0] == {
        "source": "fact:persons_affected",
        "at": "2026-11-23T03:00:00Z",
        "by": "lead",
    }
    assert "1,204,331 人" in fields["impact"]["said"]["zh"]
    assert fields["grade"]["said"]["zh"] == "较大"
    assert fields["grade"]["cites"][0]["source"] == "incident:grade(Q5)"
    assert "隔离涉事主机" in fields["measures"]["said"]["zh"]
    assert "供应商接口<未鉴权>" in fields["cause"]["said"]["zh"]
    assert all(field["cites"] for field in fields.values() if field["said"])
    assert len(content["items"]) == 8
    assert drafted.missing == ()
    assert "供应商接口&lt;未鉴权&gt;" in page
    assert "<未鉴权>" not in page
    assert "fact:persons_affected" in page
    assert "@page { size: A4" in page


async def test_the_approved_hash_covers_the_page_and_the_content(drawn, draft):
    drafted, content, page = await drawn(draft())
    assert content["html_sha256"] == hashlib.sha256(page.encode()).hexdigest()
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert drafted.sha256 == hashlib.sha256(canonical.encode()).hexdigest()
    again, _, _ = await drawn(draft())
    assert again == drafted
    other, _, _ = await drawn(draft(facts={}))
    assert other.sha256 != drafted.sha256


async def test_a_first_report_lacks_its_minimum_and_a_final_one_lacks_everything_without_a_source(
    drawn, draft, fact
):
    bare = draft(facts={"cause_known": fact(value=False)}, organisation=Organisation(), grade=None, steps={})
    drafted, _, page = await drawn(bare)
    assert set(drafted.missing) == {
        "entity",
        "system",
        "time",
        "place",
        "type",
        "grade",
        "impact",
        "measures",
    }
    assert "缺" in page
    final, _, _ = await drawn(draft(form="ncirm-8", stage="final"))
    assert set(final.missing) == {"ended", "accountability", "lessons"}
    quiet = {name: each for name, each in draft().facts.items() if name != "harms_individuals"}
    supplement, _, _ = await drawn(draft(stage="supplement", facts=quiet))
    assert "trend" in supplement.missing


async def test_a_first_report_says_all_unless_the_cause_cannot_be_told_yet(drawn, draft, fact):
    """Art. 7(2) of the reporting measure: items 1 and 2 alone go first where 规定时间内不能判定…."""
    left = {"trend", "leads"}
    for value, may_wait in ((False, True), ("unknown", True), (True, False), (None, False)):
        facts = {**draft().facts, "cause_known": fact(value)}
        for name in ("harms_individuals", "crime_suspected", "cause_known")[: 3 if value is None else 2]:
            facts.pop(name, None)
        drafted, _, page = await drawn(draft(facts=facts))
        assert left <= set(drafted.pending if may_wait else drafted.missing)
        assert left.isdisjoint(drafted.missing if may_wait else drafted.pending)
        assert ("待补报" in page) is may_wait
    update, _, _ = await drawn(
        draft(stage="update", facts={**draft().facts, "cause_known": fact(value=False)})
    )
    assert update.missing == ()


async def test_a_form_for_a_year_is_none_for_an_incident(desk, environment, draft):
    with pytest.raises(ApplicationError, match="for a year") as caught:
        await asyncio.to_thread(environment.run, Report(desk).draft, draft(form="ndsr-33"))
    assert caught.value.type == "form_unknown"


async def test_a_ransom_is_reported_only_where_there_is_one(drawn, draft, fact):
    _, content, _ = await drawn(draft())
    assert "ransom-amount" not in {field["id"] for item in content["items"] for field in item["fields"]}
    facts = {"ransomware": fact(value=True), "ransom_demand": fact({"amount": "12.5", "currency": "BTC"})}
    drafted, content, _ = await drawn(draft(facts=facts))
    fields = {field["id"]: field for item in content["items"] for field in item["fields"]}
    assert "12.5" in fields["ransom-amount"]["said"]["zh"]
    assert {"ransom-method", "ransom-date"} <= set(drafted.missing)


async def test_an_unknown_form_is_refused_at_once(desk, environment, draft):
    with pytest.raises(ApplicationError) as caught:
        await asyncio.to_thread(environment.run, Report(desk).draft, draft(form="no-such"))
    assert caught.value.type == "form_unknown"
    assert caught.value.non_retryable


async def test_a_report_leaves_by_mail_with_both_renderings(drawn, draft, send, sink):
    drafted, content, page = await drawn(draft())
    sent = await send(drafted.sha256)
    assert sent.ok
    assert sent.code == "smtp.250"
    again = await send(drafted.sha256)
    assert again.ok
    [first, second] = sink.mails
    assert first.recipient == "report@cac.example.cn"
    assert first.message_id == second.message_id
    message = email.message_from_bytes(first.content, policy=email.policy.default)
    assert drafted.sha256 in message.get_body(("plain",)).get_content()
    html, word = message.iter_attachments()
    assert html.get_payload(decode=True).decode() == page
    for each, name in ((html, "html-both"), (word, "docx-both")):
        sha256 = hashlib.sha256(each.get_payload(decode=True)).hexdigest()
        assert sha256 == content["files"][name]
        assert f"{each.get_filename()}  SHA-256 {sha256}" in message.get_body(("plain",)).get_content()
    assert "演练" not in message["Subject"] + page


async def test_a_police_report_is_drawn_and_sent_alike(drawn, draft, send, sink):
    drafted, content, _ = await drawn(draft(DraftDossier))
    assert drafted.missing == ()
    assert content["authority"] == "psb"
    sent = await send(drafted.sha256, SendDossier, authority="psb")
    assert sent.ok
    assert sink.mails[0].recipient == "psb@example.cn"
    message = email.message_from_bytes(sink.mails[0].content, policy=email.policy.default)
    page, word, data = message.iter_attachments()
    assert page.get_payload(decode=True).decode().startswith('<!DOCTYPE html>\n<html lang="zh-CN">')
    assert hashlib.sha256(word.get_payload(decode=True)).hexdigest() == content["files"]["docx-zh"]
    assert json.loads(data.get_payload(decode=True)) == content


async def test_in_a_drill_nothing_leaves_and_everything_is_marked(drawn, draft, send, sink, outbox):
    drafted, content, page = await drawn(draft(drill=True))
    assert "演练" in page
    assert content["drill"] is True
    assert (await send(drafted.sha256, drill=True)).ok
    assert sink.counts()["connections"] == 0
    [line] = (outbox / "email.jsonl").read_text().splitlines()
    assert "演练" in json.loads(line)["subject"]


async def test_what_cannot_be_sent_is_said_by_code_and_left_to_a_person(drawn, draft, send, sink):
    drafted, _, _ = await drawn(draft())
    assert (await send(drafted.sha256, authority="nobody")).code == "authority.no_address"
    sink.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no", times=1))
    refused = await send(drafted.sha256)
    assert (refused.ok, refused.code) == (False, "smtp.rcpt.550")
    sink.faults.append(Fault(Stage.DOT, act=Act.RST, keeps=True, times=1))
    unknown = await send(drafted.sha256)
    assert not unknown.ok
    assert unknown.code.startswith("unknown.")
    with pytest.raises(ApplicationError) as caught:
        await send("0" * 64)
    assert caught.value.type == "paper_missing"


async def test_a_server_that_is_away_is_tried_again(drawn, draft, forms, memory, contact, environment):
    drafted, _, _ = await drawn(draft())
    async with EmailNotifier(
        Relay(host="127.0.0.1", port=9, tls=Tls.NONE), Sender("a@tocsin.invalid")
    ) as away:
        desk = Desk(
            forms,
            memory.artefacts,
            Senders({"email": away}, {}),
            Addresses({"psb": "secret.person@example.cn"}),
            contact=contact,
            domain="tocsin.invalid",
        )
        request = SendReport(
            incident=INCIDENT,
            number=1,
            authority="psb",
            sha256=drafted.sha256,
            idempotency="key",
            drill=False,
        )
        with pytest.raises(ApplicationError) as caught:
            await environment.run(Report(desk).send, request)
    assert caught.value.type == "unreachable"
    assert not caught.value.non_retryable
    assert caught.value.next_retry_delay
    assert "secret.person" not in repr(caught.value)


@pytest.fixture
def announce(memory, contact, tmp_path, outbox):
    page = (TEMPLATES / "announcement" / "page.html.j2").read_text()
    style = (TEMPLATES / "announcement" / "page.css").read_text()
    shelf = DirectoryShelf(tmp_path / "public")
    real = AnnouncementPublisher(shelf, page=page, style=style, public_url="https://example.cn")
    return Announce(
        Notices(contact), memory.artefacts, real, RecordingPublisher(outbox, page=page, style=style)
    )


@pytest.fixture
def announced(announce, environment, moment, fact):
    """Draw up and publish; both answers."""

    async def run(*, number=1, drill=False, incident=INCIDENT, revision=None, **facts):
        request = DraftAnnouncement(
            incident=incident,
            number=number,
            facts={name: fact(value) for name, value in facts.items()},
            organisation=Organisation(name="示例科技有限公司"),
            opened_at=moment,
            at=moment + timedelta(hours=number),
            drill=drill,
            **revision or {},
        )
        drafted = await asyncio.to_thread(environment.run, announce.draft, request)
        order = PublishAnnouncement(
            incident=incident, number=number, sha256=drafted.sha256, drill=drill, at=moment
        )
        return drafted, await environment.run(announce.publish, order)

    return run


async def test_an_announcement_is_public_with_what_the_law_wants(announced, tmp_path):
    drafted, published = await announced(
        personal_information="leaked", persons_affected=1_204_331, minors=True
    )
    assert drafted.missing == ()
    assert published.path == f"/{INCIDENT}/"
    page = (tmp_path / "public" / INCIDENT / "index.html").read_bytes()
    assert hashlib.sha256(page).hexdigest() == published.sha256
    text = page.decode()
    for words in (
        "危害后果",
        "补救措施",
        "减轻危害的措施",
        "1,204,331",
        "400-810-8888",
        "未成年人",
        "示例科技有限公司",
    ):
        assert words in text
    assert "演练" not in text
    assert (await announced(personal_information="leaked", persons_affected=1_204_331, minors=True))[
        1
    ] == published


async def test_a_second_announcement_has_a_page_of_its_own(announced):
    await announced()
    _, second = await announced(number=2, incident="I-AAAAAAAAAAAA~2")
    assert second.path == "/I-AAAAAAAAAAAA-2-2/"


async def test_a_correction_is_written_anew_and_a_withdrawal_leaves_the_words(announced, tmp_path):
    drafted, issued = await announced(persons_affected=1_204_331)
    why = {"zh": "人数由 1,204,331 更正为 1,310,002。", "en": "1,310,002 people, not 1,204,331."}
    revision = {"follows": drafted.sha256, "standing": "corrected", **why}
    drafted, corrected = await announced(number=2, revision=revision, persons_affected=1_310_002)
    assert corrected.path == issued.path
    folder = tmp_path / "public" / INCIDENT
    assert hashlib.sha256((folder / "v1.html").read_bytes()).hexdigest() == issued.sha256
    page = (folder / "index.html").read_text()
    assert page.count(f'<span lang="en">{why["en"]}</span>') == 1
    assert "本公告已更正。 人数由 1,204,331 更正为 1,310,002。" in page
    assert "涉及 1,310,002" in page or "1,310,002 人" in page
    why = {"zh": "经核实为误报。", "en": "It proved to be a false alarm."}
    revision = {"follows": drafted.sha256, "standing": "withdrawn", **why}
    _, withdrawn = await announced(number=3, revision=revision, persons_affected=5)
    assert withdrawn.path == issued.path
    page = (folder / "index.html").read_text()
    assert "本公告已撤回。 经核实为误报。" in page
    assert page.count("1,310,002 人") == (folder / "v2.html").read_text().count("1,310,002 人")
    assert [f"v{number}.html" in page for number in (1, 2, 3)] == [True] * 3
    with pytest.raises(ApplicationError) as caught:
        await announced(number=4, revision={"follows": "0" * 64, "standing": "corrected", **why})
    assert caught.value.type == "paper_missing"


async def test_a_drill_publishes_nothing(announced, tmp_path, outbox):
    _, published = await announced(drill=True)
    assert not (tmp_path / "public").exists()
    text = (outbox / "announcement" / INCIDENT / "index.html").read_text()
    assert "演练" in text
    assert published.path == f"/{INCIDENT}/"


async def test_other_words_for_a_published_version_are_refused(announced):
    await announced()
    with pytest.raises(ApplicationError) as caught:
        await announced(minors=True)
    assert caught.value.type == "announcement.version_taken"
    assert caught.value.non_retryable


async def test_an_announcement_that_cannot_be_published_says_why(
    announce, announced, environment, moment, tmp_path
):
    drafted, _ = await announced()
    order = PublishAnnouncement(incident=INCIDENT, number=1, sha256="0" * 64, drill=False, at=moment)
    with pytest.raises(ApplicationError) as caught:
        await environment.run(announce.publish, order)
    assert caught.value.type == "paper_missing"
    (tmp_path / "public").rename(tmp_path / "elsewhere")
    (tmp_path / "public").write_text("a file where the directory should be")
    with pytest.raises(ApplicationError) as caught:
        await environment.run(announce.publish, order.model_copy(update={"sha256": drafted.sha256}))
    assert caught.value.type == "announcement.directory"
