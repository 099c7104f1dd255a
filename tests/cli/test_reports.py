"""Reports read from the record: what changed, the list for filing by hand, the forms, the year."""

import hashlib
import json
from datetime import UTC, datetime
from io import BytesIO

import pytest
from docx import Document
from typer.testing import CliRunner

from activities.contacts import Takes
from activities.desk import Desk
from activities.report import DraftReport
from activities.senders import Senders
from cli.main import app
from cli.receipt_file import LARGEST
from cli.report_plan import Asked, steps, waiting
from domain import commands as c
from domain.approval import content
from domain.done import done
from domain.lineage import earlier
from domain.playbook import Words
from domain.rendering import PLACE
from ledger.master import MasterKey
from ledger.memory import Memory
from playbooks.forms import FormLibrary
from service.settings import load
from workflows.performing import duty_lines

PROVINCE = "CN-NCIRM-4-OTHER/cac-provincial/1"


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def table(*words):
    return run(*words, "-o", "table").stdout


class Nobody:
    """No authority has a mailbox."""

    def address(self, authority):
        return None if authority else ""

    def takes(self, authority):
        return Takes(tongue="both" if authority else "zh")


@pytest.fixture
def desk(case):
    settings = load()
    memory = Memory(settings.place.ledger_url, MasterKey.ensured(settings.master_file))
    contact = Words(zh="电话 400", en="phone 400")
    yield Desk(
        FormLibrary(), memory.artefacts, Senders({}, {}), Nobody(), contact=contact, domain="tocsin.invalid"
    )
    assert case.state.incident
    memory.close()


@pytest.fixture
def drafted(case, desk):
    """Order a report and draw it up as the worker does; its number."""

    def draw(stage="initial", duty=PROVINCE, form="ncirm-7"):
        key = case.state.duties[duty].key
        case.order(c.DraftReport(form=form, stage=stage, duties=(key,)))
        state, number = case.state, len(case.state.reports)
        report = state.reports[number]
        request = DraftReport(
            incident=state.incident,
            number=number,
            form=form,
            stage=stage,
            duties=duty_lines((state.duties[duty],)),
            facts=state.facts,
            organisation=case.book.opening.organisation,
            grade=state.grade,
            opened_at=state.opened_at,
            severity=state.severity,
            steps=dict(state.steps),
            at=case.now,
            drill=state.drill,
            done=done(state),
            earlier=earlier(state, report),
        )
        made = desk.draw(request, stage)
        case.word(c.ReportWord(report=number, sha256=made.sha256, missing=made.missing, pending=made.pending))
        return number

    return draw


@pytest.fixture
def filed(case, drafted):
    """Draw a report up and file it by hand; its number."""

    def file(*given, **named):
        number = drafted(*given, **named)
        subject = f"report/{number}"
        case.order(c.Approve(subject=subject, sha256=content(case.state, subject)), operator="second")
        case.order(c.FileReport(report=number, channel="portal"), reason="it is all we know")
        return number

    return file


def test_a_report_is_written_in_every_kind_and_language(case, drafted, tmp_path):
    case.leak()
    number = drafted()
    page, word, data = tmp_path / "a.html", tmp_path / "a.docx", tmp_path / "a.json"
    run(
        "report",
        "show",
        case.incident,
        number,
        "--html",
        page,
        "--docx",
        word,
        "--json",
        data,
        "--lang",
        "en",
    )
    frozen = json.loads(data.read_bytes())
    assert hashlib.sha256(data.read_bytes()).hexdigest() == case.state.reports[number].sha256
    for file, name in ((page, "html-en"), (word, "docx-en")):
        assert hashlib.sha256(file.read_bytes()).hexdigest() == frozen["files"][name]
    assert '<html lang="en">' in page.read_text("utf-8")
    assert Document(BytesIO(word.read_bytes())).core_properties.language == "en-US"
    assert "persons affected" in table("report", "show", case.incident, number, "--lang", "en")
    assert "受影响人数" in table("report", "show", case.incident, number)
    refused = run("report", "show", case.incident, number, "--docx", word, "--lang", "fr", code=2)
    assert "it is one of zh, en, both" in refused.stderr
    missing = run("report", "show", case.incident, number, "--docx", tmp_path / "no" / "a.docx", code=2)
    assert "cannot be written" in missing.stderr


def test_a_paper_of_before_has_one_page_and_still_verifies(case, drafted, desk, tmp_path):
    """`tocsin.paper/1` named the page of both languages and nothing else."""
    case.leak()
    number = drafted()
    state = case.state.reports[number]
    now = json.loads(desk.frozen(state.sha256).paper.data)
    before = {
        name: each for name, each in now.items() if name not in {"files", "pending", "earlier", "changes"}
    }
    written = json.dumps({**before, "schema": "tocsin.paper/1"}, ensure_ascii=False, sort_keys=True).encode()
    sha256 = desk._artefacts.put(written, "application/json", "installation")
    frozen = desk.frozen(sha256)
    assert list(frozen.files) == ["html-both"]
    assert frozen.files["html-both"].sha256 == before["html_sha256"]
    case.order(c.DraftReport(form="ncirm-7", duties=(case.state.duties[PROVINCE].key,)))
    case.word(c.ReportWord(report=2, sha256=sha256))
    page = tmp_path / "old.html"
    run("report", "show", case.incident, 2, "--html", page)
    assert hashlib.sha256(page.read_bytes()).hexdigest() == before["html_sha256"]
    told = run("report", "show", case.incident, 2, "--docx", tmp_path / "a.docx", code=3).stderr
    assert "frozen with html-both only" in told
    assert json.loads(run("report", "diff", case.incident, 1, 2).stdout)["changes"] == []


def test_two_versions_differ_field_by_field(case, drafted, filed):
    case.leak()
    first = filed()
    case.order(
        c.RecordFacts(
            values={"persons_affected": 2_000_000, "material_change_at": "2026-01-01T00:00:00Z"}, basis="日志"
        )
    )
    second = drafted("update", "CN-NCIRM-7-UPDATE/original-channel/1")
    assert case.state.reports[second].follows == first
    found = json.loads(run("report", "diff", case.incident, second).stdout)
    assert (found["from"]["report"], found["to"]["report"]) == (first, second)
    impact = next(each for each in found["changes"] if each["id"] == "impact")
    assert "1,204,331 人" in impact["was"]["zh"]
    assert "2,000,000 persons" in impact["now"]["en"]
    assert json.loads(run("report", "diff", case.incident, first, second).stdout) == found
    told = table("report", "diff", case.incident, second, "--lang", "zh")
    assert f"report {first} (ncirm-7, initial) → report {second} (ncirm-7, update)" in told
    assert "2,000,000 人" in told
    assert "persons" not in told
    content_of = json.loads(run("report", "show", case.incident, second).stdout)
    assert content_of["earlier"]["number"] == first
    assert "impact" in {each["id"] for each in content_of["changes"]}
    assert "is the first one to cac-provincial" in run("report", "diff", case.incident, first, code=3).stderr
    assert "has no report 9" in run("report", "diff", case.incident, 9, code=3).stderr


def test_a_redraft_is_held_against_the_draft_before(case, drafted):
    case.leak()
    drafted()
    case.order(c.RecordFacts(values={"persons_affected": 2_000_000}))
    drafted()
    assert [each["id"] for each in json.loads(run("report", "diff", case.incident, 2).stdout)["changes"]] == [
        "impact"
    ]
    case.order(c.DraftReport(form="ncirm-7", duties=(case.state.duties[PROVINCE].key,)))
    assert "was not drawn up" in run("report", "diff", case.incident, 3, 1, code=1).stderr


def test_the_list_for_filing_by_hand_says_where_with_what_and_what_to_bring_back(case, drafted, tmp_path):
    case.leak()
    number = drafted()
    ask = ("report", "checklist", case.incident, number, "--channel")
    portal = json.loads(run(*ask, "portal", "--files", tmp_path / "out").stdout)
    assert portal["where"][0]["zh"] == "https://12387.cert.org.cn"
    assert portal["confidence"] == "VERIFIED_SECONDARY"
    assert "省级网信部门" in portal["note"]["zh"]
    [copy] = portal["files"]
    assert copy["path"] == str(tmp_path / "out" / f"{case.incident}-ncirm-7-1.docx")
    assert (
        hashlib.sha256((tmp_path / "out" / f"{case.incident}-ncirm-7-1.docx").read_bytes()).hexdigest()
        == copy["sha256"]
    )
    hotline = table(*ask, "hotline", "--lang", "zh")
    assert "12387" in hotline
    assert hotline.index("（一）") < hotline.index("（二）") < hotline.index("（八）")
    assert "受理编号" in hotline
    assert "report receipt" in hotline
    fax = table(*ask, "fax", "--lang", "en")
    assert "+86 10 8299 2387" in fax
    assert str(load().data_dir / "filing") in fax
    assert "filed by hand by portal" in run(*ask, "email", code=2).stderr
    assert "There is no channel" in run(*ask, "pigeon", code=2).stderr
    blocked = tmp_path / "file"
    blocked.write_text("x")
    assert "cannot be made" in run(*ask, "portal", "--files", blocked, code=2).stderr


def test_the_settings_say_first_where_an_authority_takes_papers(case, drafted, monkeypatch):
    case.leak()
    own = {"pi-protection-department": {"hotline": "0571-1", "language": "zh"}}
    monkeypatch.setenv("TOCSIN_AUTHORITIES", json.dumps(own))
    number = drafted("initial", "CN-PIPL-57-AUTH/pi-protection-department/1", "pipl-57")
    said = table("report", "checklist", case.incident, number, "--channel", "hotline")
    assert "0571-1" in said
    assert "have at hand" not in said
    monkeypatch.delenv("TOCSIN_AUTHORITIES")
    said = table("report", "checklist", case.incident, number, "--channel", "portal")
    assert "The settings do not say" in said


def test_what_is_not_drawn_up_has_no_list(case):
    case.leak()
    case.order(c.DraftReport(form="ncirm-7", duties=(case.state.duties[PROVINCE].key,)))
    said = run("report", "checklist", case.incident, 1, "--channel", "portal", code=1).stderr
    assert "is not drawn up yet" in said


def test_a_receipt_that_cannot_be_taken_is_refused_with_a_sentence(case, drafted, filed, tmp_path):
    case.leak()
    drafted()
    word = tmp_path / "receipt.pdf"
    word.write_bytes(b"%PDF-1.7 receipt")

    def told(*more, number=2, code=2):
        return run("report", "receipt", case.incident, number, "--number", "7", *more, code=code).stderr

    assert "was not filed; file it first" in told("--file", word, number=1, code=1)
    filed()
    empty, large = tmp_path / "empty.pdf", tmp_path / "large.pdf"
    empty.touch()
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "is empty" in told("--file", empty)
    assert "is larger than 20 MiB" in told("--file", large)
    assert "is not a file" in told("--file", tmp_path)
    assert "is not a file" in told("--file", tmp_path / "nowhere.pdf")
    assert "64 hexadecimal digits" in told("--sha256", "abc")
    assert "one of the two is wrong" in told("--file", word, "--sha256", "a" * 64)
    assert (
        "No document of a receipt is kept"
        in run("report", "show", case.incident, 2, "--receipt", word, code=3).stderr
    )


def test_the_forms_are_listed_with_the_duties_that_ask_for_them(data_dir):
    assert data_dir
    every = {each["id"]: each for each in json.loads(run("report", "forms").stdout)}
    assert {"ncirm-7", "ncirm-8", "pipl-57", "ndsr-11", "ndsr-33", "police", "general"} <= set(every)
    assert "CN-NCIRM-4-OTHER" in every["ncirm-7"]["duties"]
    assert "CN-NDSR-33-ANNUAL" in every["ndsr-33"]["duties"]
    assert "网络安全事件报告" in table("report", "forms")
    one = table("report", "forms", "ncirm-7", "--lang", "en")
    assert "while cause_known is false or unknown" in one
    assert "where ransomware" in one
    assert "there is general" in run("report", "forms", "nope", code=3).stderr


def test_the_year_is_told_from_the_ledger_alone(case, filed, tmp_path):
    case.leak()
    filed()
    year = datetime.now(UTC).astimezone(PLACE).year
    page, word, data = tmp_path / "y.html", tmp_path / "y.docx", tmp_path / "y.json"
    files = ("--html", page, "--docx", word, "--json", data)
    found = json.loads(run("report", "annual", "--year", case.now.astimezone(PLACE).year, *files).stdout)
    assert found["schema"] == "tocsin.annual/1"
    [entry] = found["entries"]
    assert (entry["incident"], entry["standing"]) == (case.incident, "open")
    assert json.loads(data.read_bytes()) == found
    assert "1,204,331 人" in page.read_text("utf-8")
    assert case.incident in "".join(cell.text for row in Document(word).tables[1].rows for cell in row.cells)
    assert case.incident in table("report", "annual", "--lang", "en")
    assert str(page) in table("report", "annual", "--html", page)
    assert "has not begun" in run("report", "annual", "--year", year + 1, code=2).stderr
    assert json.loads(run("report", "annual", "--year", 2001).stdout)["entries"] == []


def test_what_two_authorities_are_told_is_drawn_up_for_the_one_that_has_nothing_yet(case, filed):
    case.leak()
    case.order(c.RecordFacts(values={"cii_affected": True}), reason="found")
    for key in [key for key in case.state.duties if key.startswith("CN-NCIRM-4-CII/")]:
        filed(duty=key)
    case.order(c.RecordFacts(values={"material_change_at": case.now.isoformat()}), reason="found")
    update, packs = "CN-NCIRM-7-UPDATE/original-channel/1", case.book.packs

    def owed(**asked):
        return {authority: follows for _, authority, _, follows in steps(case.state, Asked(**asked), packs)}

    both = owed(duties=(update,))
    assert set(both) == {"protection-department", "psb"}
    key = case.state.duties[update].key
    case.order(c.DraftReport(form="ncirm-7", stage="update", duties=(key,), follows=both["psb"]))
    number = len(case.state.reports)
    case.word(c.ReportWord(report=number, sha256="a" * 64))
    case.order(c.Approve(subject=f"report/{number}", sha256="a" * 64), operator="second")
    case.order(c.FileReport(report=number, channel="portal"))
    assert key in [duty.key for duty in waiting(case.state, packs)]
    assert set(owed(duties=(update,))) == {"protection-department"}
    assert owed(duties=(update,), authority="psb") == {"psb": number}
    assert f"report/{number} ncirm-7 → psb" in table("incident", "show", case.incident)
