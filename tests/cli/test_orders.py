"""Orders over a real Temporal server: the whole installation in this process, the CLI beside it."""

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from typer.testing import CliRunner

from cli.main import app
from domain import commands as c
from playbooks.loader import LAW
from service.handing import Given, hand_in
from service.settings import load
from service.up import everything

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROFILE = {"name": "示例公司", "operates_cii": False, "state_organ": False, "jurisdictions": ["CN"]}
KNOWN = {
    "TOCSIN_OPERATORS": json.dumps({"alice": {"roles": ["lead"]}, "bob": {"roles": ["legal"]}}),
    "TOCSIN_SOURCES": json.dumps({"siem": {"adapter": "ocsf", "secrets": [SECRET], "drill": True}}),
    "TOCSIN_ORGANISATION": json.dumps(PROFILE),
    "TOCSIN_CONTACT__ZH": "联系人：数据安全办公室",
    "TOCSIN_CONTACT__EN": "Contact: the data security office",
    "TOCSIN_OPERATOR": "alice",
    "TOCSIN_INTAKE__PORT": "0",
}


@pytest.fixture
async def running(temporal, data_dir, monkeypatch):
    for name, value in KNOWN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TOCSIN_TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TOCSIN_TEMPORAL_NAMESPACE", f"cli-{data_dir.name[-40:]}")
    async with everything(load(), lambda _: None, asyncio.Event()) as where:
        yield where


async def run(*words, code=0):
    """Run a command here, in a thread of its own."""
    result = await asyncio.to_thread(CliRunner().invoke, app, [str(word) for word in words])
    assert result.exit_code == code, f"{result.output}{result.exception!r}"
    return result


async def answer(*words):
    return json.loads((await run(*words)).stdout)


async def process(*words):
    """Run a command as a process of its own; its exit code, output and complaint."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return child.returncode, out.decode(), err.decode()


async def alert(where):
    now = datetime.now(UTC)
    at = int(now.timestamp() * 1000)
    body = json.dumps(
        {
            "class_uid": 2004,
            "category_uid": 2,
            "activity_id": 1,
            "type_uid": 200401,
            "severity_id": 4,
            "time": at,
            "finding_info": {"uid": "f-1", "title": "Mass export", "created_time": at},
            "metadata": {"version": "1.3.0", "product": {"name": "edr", "vendor_name": "x"}},
        }
    )
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
        "content-type": "application/json",
    }
    async with httpx.AsyncClient(base_url=where.door) as client:
        taken = await client.post("/alerts/siem", content=body, headers=headers)
        assert taken.status_code == 202
        delivery = f"/deliveries/{taken.json()['delivery']}"
        [incident] = await until(lambda: _incidents(client, delivery))
        return incident


async def _incidents(client, delivery):
    return (await client.get(delivery)).json().get("incidents")


async def until(look):
    """Look again until there is something."""
    async with asyncio.timeout(60):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.05)


async def sent(incident):
    return (await answer("notify", "status", incident))[0]["counts"].get("sent", 0) == 2


async def settled(incident):
    return (await answer("incident", "show", incident))["campaigns"][0]["settled"]


async def filed_by_hand(incident, data_dir):
    """File the first report at a portal, and bring the receipt back as a file."""
    by_hand = ("report", "file", incident, 1, "--channel", "portal", "--reason", "r")
    told = (await run(*by_hand, "--files", data_dir / "filing", "-o", "table")).stdout
    assert "12387.cert.org.cn" in told
    assert "不得联系主管部门" in told
    taken = data_dir / "filing" / f"{incident}-ncirm-7-1.docx"
    assert f"SHA-256 {hashlib.sha256(taken.read_bytes()).hexdigest()}" in told
    paper, kept = data_dir / "receipt.pdf", data_dir / "kept.pdf"
    paper.write_bytes(b"%PDF-1.7 receipt 17")
    receipt = await answer("report", "receipt", incident, 1, "--number", "17", "--file", paper)
    assert receipt["difference"] == "+ 0 duties, − 1"
    [fact] = [each for each in receipt["facts"] if each["type"] == "ReceiptRecorded"]
    assert fact["body"]["sha256"] == hashlib.sha256(paper.read_bytes()).hexdigest()
    await run("report", "show", incident, 1, "--receipt", kept)
    assert kept.read_bytes() == paper.read_bytes()


async def test_a_case_goes_its_way_by_commands(running, data_dir):
    incident = await alert(running)
    refused, out, err = await process("activate", incident)
    assert (refused, out) == (1, "")
    assert err == f"Confirm first: tocsin triage {incident} --confirmed [not_confirmed]\n"
    written = (await answer("incident", "show", incident))["timeline"]
    assert "alice" not in {fact["actor"] for fact in written}

    code, out, err = await process("triage", incident, "--confirmed")
    assert code == 0, err
    assert "IncidentTriaged" in {fact["type"] for fact in json.loads(out)["facts"]}
    first = json.loads(out)["facts"]
    again = await answer("triage", incident, "--confirmed", "--nonce", first[0]["body"]["nonce"])
    assert again["facts"] == first
    assert "[stale]" in (await run("activate", incident, "--seen", "1", code=1)).stderr

    facts = ("personal_information=leaked", "persons_affected=1204331", "cii_affected=false")
    told = (await run("fact", "set", incident, *facts, "-o", "table")).stdout
    assert "because Q5" in told
    assert "proposed for withdrawal" in told
    assert "PlanActivated" in (await run("activate", incident, "-o", "table")).stdout

    done = await answer("step", "advance", incident, "isolate-source", "start")
    assert done["outcome"] == {"ok": True, "said": "step isolate-source is done"}
    undone = await run("step", "advance", incident, "isolate-source", "undo", "-o", "table")
    assert "step isolate-source is undone" in undone.stdout

    assert "say --authority" in (await run("report", "draft", incident, code=2)).stderr
    drafted = await answer("report", "draft", incident, "--authority", "cac-provincial")
    assert drafted["outcome"]["ok"]
    page, content = data_dir / "page.html", data_dir / "content.json"
    await run("report", "show", incident, 1, "--html", page, "--json", content)
    assert "示例公司" in page.read_text()
    assert json.loads(content.read_text())["form"] == "ncirm-7"
    assert "示例公司" in (await run("report", "show", incident, 1, "-o", "table")).stdout
    assert (
        "[needs_second_person]"
        in (await run("report", "file", incident, 1, "--channel", "portal", "--reason", "r", code=1)).stderr
    )
    agreed = await run("approve", incident, "report/1", "--as", "bob", "-o", "table")
    assert "You agree to report 1, ncirm-7 (initial)" in agreed.stdout
    unsent = await run("report", "file", incident, 1, "--channel", "email", "--reason", "r", code=1)
    assert "authority.no_address" in unsent.stderr
    await filed_by_hand(incident, data_dir)

    await run("approve", incident, "withdraw", "--as", "bob")
    gone = await answer("duty", "withdraw", incident, "--reason", "does not apply")
    assert {fact["type"] for fact in gone["facts"]} == {"CommandAccepted", "DutyWithdrawn"}
    owed = "CN-PIPL-57-AUTH"
    assert (await answer("duty", "extend", incident, owed, "--by", "2h", "--reason", "agreed by phone"))[
        "facts"
    ]
    await run("approve", incident, f"settle/{owed}", "--as", "bob")
    assert (await answer("duty", "settle", incident, owed, "--number", "9"))[
        "difference"
    ] == "+ 0 duties, − 1"

    still = await run("close", incident, code=1)
    assert f"{incident} cannot be closed yet" in still.stderr
    assert (await answer("ledger", "verify"))["ok"]


async def test_people_are_told_and_the_police_too(running, data_dir):
    incident = await alert(running)
    await run("triage", incident, "--confirmed")
    facts = ("personal_information=leaked", "persons_affected=3", "crime_suspected=true", "aware_at=now")
    await run("fact", "set", incident, *facts, "--reason", "the log says so")
    audience = data_dir / "people.csv"
    audience.write_text("name,email,phone\n甲,a@example.com,\n乙,,13800138000\n丙,broken@@,\n丁,,\n")
    planned = await run("notify", "plan", incident, audience, "-o", "table")
    assert "campaign 1: 3 people" in planned.stdout
    assert "1 rows set aside" in planned.stdout
    await run("approve", incident, "campaign/1", "--as", "bob")
    started = await run("notify", "start", incident, 1, "--wait", "0.2", "-o", "table")
    assert "campaign 1 goes on" in started.stdout
    await run("notify", "pause", incident, 1, "--reason", "wait")
    resumed = await run("notify", "resume", incident, 1, "--no-wait", "-o", "table")
    assert "NotificationResumed" in resumed.stdout
    await until(lambda: sent(incident))
    assert "sent 2" in (await run("notify", "status", incident, "-o", "table")).stdout

    assert (await answer("announce", "draft", incident))["outcome"]["ok"]
    assert "words" in await answer("announce", "show", incident, 1)
    await run("approve", incident, "announcement/1", "--as", "bob")
    public = await answer("announce", "publish", incident, 1)
    assert os.fspath(data_dir / "outbox") in public["outcome"]["said"]
    why = ("--zh", "人数由 3 更正为 2。", "--en", "2 people, not 3.")
    assert (await answer("announce", "correct", incident, 1, *why))["outcome"]["ok"]
    await run("approve", incident, "announcement/2", "--as", "bob")
    assert (await answer("announce", "publish", incident, 2))["outcome"]["ok"]
    assert (await answer("announce", "withdraw", incident, 2, *why))["outcome"]["ok"]
    page = Path(public["outcome"]["said"].split(": ")[1]) / "index.html"
    assert "2 people, not 3." in page.read_text(encoding="utf-8")

    assert "referral" in (await run("refer", "draft", incident, "-o", "table")).stdout
    await run("refer", "show", incident, 1)
    await run("approve", incident, "referral/1", "--as", "bob")
    await run("refer", "file", incident, 1)
    assert (await answer("refer", "receipt", incident, 1, "--number", "5"))["difference"].endswith("− 1")

    advanced = await answer("time", "advance", incident, "20min")
    assert advanced["facts"][1]["body"]["by"] == "PT20M"
    await until(lambda: settled(incident))
    assert " left" in (await run("clock", "list", incident, "-o", "table")).stdout
    assert " left" not in (await run("clock", "list", "-o", "table")).stdout
    assert "sent 2" in (await run("incident", "show", incident, "-o", "table")).stdout

    back = data_dir / "back.csv"
    back.write_text(
        "tocsin_row,outcome,at,by\n3,told,10:00,agent 7\n1,told,10:01,agent 7\n", encoding="utf-8"
    )
    by_hand = ("notify", "by-hand", incident, 1, back, "--means", "telephone")
    refused = (await run(*by_hand, code=1)).stderr
    assert "line 3: told_before" in refused
    subject, *_ = re.findall(r"byhand/1/1/[0-9a-f]{64}", refused)
    await run("approve", incident, subject, "--as", "bob")
    assert "ToldByHand" in (await run(*by_hand, "-o", "table")).stdout


async def test_clocks_are_answered_and_requests_taken_up_by_commands(running):
    incident = await alert(running)
    await until(lambda: clocks(incident))
    assert "[nothing_rung]" in (await run("clock", "ack", incident, "GRADING", code=1)).stderr
    assert (
        "[desk.unknown_operator]"
        in (await run("clock", "ack", incident, "GRADING", "--as", "mallory", code=2)).stderr
    )
    await run("time", "advance", incident, "31min")
    await until(lambda: rung(incident))
    assert "you answer" in (await run("clock", "ack", incident, "GRADING", "-o", "table")).stdout.lower()
    assert (await answer("clock", "ack", incident, "GRADING"))["taken"] is False
    assert "answers already" not in (await run("clock", "list", incident, "-o", "table")).stdout
    assert "alice answers" in (await run("clock", "list", incident, "-o", "table")).stdout
    assert "already" in (await run("clock", "ack", incident, "GRADING", "-o", "table")).stdout
    counted = await run("clock", "list", incident, "-w", "--for", "0", "-o", "table")
    assert " left" in counted.stdout
    assert len((await run("clock", "list", "-w", "--for", "0")).stdout.splitlines()) == 1

    words = ("--authority", "cac-provincial", "--what", "the logs", "--basis", "letter 7")
    late = ("--due", "2026-01-01T00:00:00Z")
    assert "[deadline_past]" in (await run("duty", "request", incident, *words, *late, code=1)).stderr
    due = ("--due", "2126-01-01T00:00:00Z")
    assert (
        "way to answer" in (await run("duty", "request", incident, *words, *due, "--by", "x", code=2)).stderr
    )
    assert (
        "The authority does not fit"
        in (
            await run("duty", "request", incident, "--authority", "The CAC", "--what", "x", *due, code=2)
        ).stderr
    )
    taken = await answer("duty", "request", incident, *words, *due)
    assert [fact["type"] for fact in taken["facts"]][1:] == ["RequestReceived", "DutyOpened"]
    move = ("duty", "extend", incident, "REQUEST-1", "--until", "2126-02-01T00:00:00Z", "--reason", "asked")
    refused = (await run(*move, code=1)).stderr
    assert "[needs_second_person]" in refused
    subject = "extend/REQUEST-1=2126-02-01T08:00:00+08:00"
    agreed = await run("approve", incident, subject, "--as", "bob", "-o", "table")
    assert "moving the deadline of REQUEST-1/cac-provincial/1" in agreed.stdout
    assert (await answer(*move))["facts"][1]["body"]["approved_by"] == "bob"
    await until(lambda: armed(incident))
    assert "[clock_running]" in (await run("clock", "rearm", incident, "REQUEST-1", code=1)).stderr


async def clocks(incident):
    return await answer("clock", "list", incident)


async def rung(incident):
    return (await clocks(incident))[0]["alarm"]


async def armed(incident):
    return len(await clocks(incident)) > 1


async def test_the_doctor_looks_everything_over(running, monkeypatch):
    found = {each["what"]: each for each in await answer("doctor")}
    assert found["Temporal"]["how"] == "well", found["Temporal"]
    assert found["ledger and its keys"]["how"] == "well"
    assert (
        found["people"]["said"]
        == "nobody is told when a clock alarms the role lead, legal, security, privacy, operations, product"
    )
    assert found["channels"]["how"] == "mind"
    assert "ok    queue decide: 1 workers" in (await run("doctor", "--queue", "decide", "-o", "table")).stdout
    assert "no worker takes" in (await run("doctor", "--queue", "idle", "-o", "table", code=4)).stdout
    monkeypatch.setenv("TOCSIN_TEMPORAL_ADDRESS", f"127.0.0.1:{_free()}")
    lost = await run("doctor", "-o", "table", code=4)
    assert "ILL   Temporal: no Temporal server answers" in lost.stdout
    assert running.door


async def test_an_installation_is_made_and_enrolled(temporal, data_dir, monkeypatch):
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(data_dir / "new"))
    monkeypatch.setenv("TOCSIN_TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TOCSIN_TEMPORAL_NAMESPACE", f"init-{data_dir.name[-40:]}")
    assert "knows the namespace" in (await run("init")).stdout
    assert (data_dir / "new" / "keys" / "codec.json").is_file()
    assert json.loads((await run("incident", "list")).stdout) == []


def _free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


LEAK = ("personal_information=leaked", "persons_affected=1204331", "cii_affected=false")


def on_a_terminal(answer, *words):
    """Run a command on a terminal of its own, and answer its question; its exit code and all it said."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", *words], stdin=theirs, stdout=theirs, stderr=theirs
    ) as child:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # the terminal is gone with its last process
            while part := os.read(ours, 65536):
                said += part
                if said.rstrip().endswith(b"[y/N]:") and answer:
                    os.write(ours, answer.encode())
                    answer = ""
        os.close(ours)
    return child.returncode, said.decode()


async def test_a_difference_is_shown_before_it_is_recorded(running):
    incident = await alert(running)
    shown = await answer("triage", incident, "--confirmed", "--dry-run")
    assert "IncidentTriaged" in {fact["type"] for fact in shown["facts"]}
    assert (await answer("incident", "show", incident))["confirmed"] is None
    await run("triage", incident, "--confirmed")

    dry = (await run("fact", "set", incident, *LEAK, "--dry-run", "-o", "table")).stdout
    assert "CN-NCIRM-4-OTHER/cac-provincial/1" in dry
    assert "level unknown (at least 较大) because Q5" in dry
    assert dry.endswith("Nothing was recorded: this was --dry-run.\n")
    code, said = await asyncio.to_thread(on_a_terminal, "n\n", "fact", "set", incident, *LEAK)
    assert (code, "because Q5" in said, "Nothing was recorded. [cli.declined]" in said) == (1, True, True)
    assert "persons_affected" not in await answer("fact", "list", incident)

    code, said = await asyncio.to_thread(on_a_terminal, "y\n", "fact", "set", incident, *LEAK)
    assert code == 0, said
    assert said.index("because Q5") < said.index("Record this?") < said.index("Recorded: ")
    recorded = (await answer("incident", "show", incident, "--timeline", "200"))["timeline"]
    [accepted] = [fact for fact in recorded if fact["body"].get("command") == "record_facts"]
    assert accepted["body"]["seen_version"] == accepted["version"] - 1
    code, said = await asyncio.to_thread(on_a_terminal, "", "fact", "set", incident, "minors=false", "--yes")
    assert (code, "Record this?" in said) == (0, False)
    nothing = await run("fact", "set", incident, "minors=false")
    assert nothing.stderr == "No duty and no level changes.\n"
    refused = await run("fact", "set", incident, "persons_affected=1", "--seen", "1", "--dry-run", code=1)
    assert "[stale]" in refused.stderr


async def test_what_was_shown_is_what_happens(running):
    incident = await alert(running)
    looks = []

    def agree(preview):
        looks.append(preview.version)
        if len(looks) == 1:
            # Somebody else acts between the look and the order.
            with ThreadPoolExecutor() as aside:
                other = aside.submit(CliRunner().invoke, app, ["triage", incident, "--confirmed"]).result()
            assert other.exit_code == 0, other.output
        return True

    given = Given(incident, c.RecordFacts(values={"minors": False}), operator="alice")
    receipt = await asyncio.to_thread(hand_in, given, agree)
    # Clocks that arm meanwhile move the incident on too.
    assert len(looks) > 1
    assert looks[0] < looks[-1] == receipt.version - len(receipt.lines)


async def test_what_cannot_be_known_is_refused_with_a_sentence(running):
    incident = await alert(running)
    await run("triage", incident, "--confirmed")
    future = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for words, said in (
        ((f"occurred_at={future}",), "lies in the future"),
        ((f"reported_at={{CN-NCIRM-4-OTHER: {future}}}",), "lies in the future"),
        (("persons_affected=-1",), "cannot be negative"),
        (("direct_loss_cny=-0.5",), "cannot be negative"),
        (("site_outage=-PT6H",), "cannot be negative"),
        (("aware_at=2026-11-23T14:00:00",), "has no offset"),
    ):
        found = await asyncio.to_thread(
            CliRunner().invoke, app, ["fact", "set", incident, *words, "--reason", "r"]
        )
        assert found.exit_code in {1, 2}
        assert said in found.stderr
    await run("fact", "set", incident, *LEAK)
    await run("report", "draft", incident, "--authority", "cac-provincial")
    await run("approve", incident, "report/1", "--as", "bob")
    await run("report", "file", incident, 1, "--channel", "portal", "--reason", "r")
    await run("report", "receipt", incident, 1, "--number", "17")
    later = await run("fact", "set", incident, "aware_at=now", "--reason", "the log", code=1)
    assert "aware_at cannot lie after reported_at.CN-NCIRM-4-OTHER" in later.stderr


async def test_other_law_packs_are_adopted_by_two_persons(running, data_dir):
    incident = await alert(running)
    await run("triage", incident, "--confirmed")
    await run("fact", "set", incident, *LEAK)
    folder = data_dir / "law"
    shutil.copytree(LAW, folder)
    pack = folder / "cn-ncirm.yaml"
    pack.write_text(pack.read_text("utf-8").replace("deadline: PT4H", "deadline: PT3H"), "utf-8")
    words = ("law", "adopt", incident, "--packs", folder)

    same = await run("law", "adopt", incident, "--reason", "r", code=1)
    assert "[same_packs]" in same.stderr
    shown = await answer(*words, "--dry-run")
    assert [(duty["how"], duty["duty"]) for duty in shown["duties"]] == [("moves", "CN-NCIRM-4-OTHER")]
    table = (await run(*words, "--dry-run", "-o", "table")).stdout
    assert f"a second person agrees by tocsin approve {incident} {shown['subject']}" in table
    lone = await run(*words, "--reason", "corrected", code=1)
    assert "[needs_second_person]" in lone.stderr
    agreed = await run("approve", incident, shown["subject"], "--as", "bob", "-o", "table")
    assert "You agree to going by the law packs" in agreed.stdout
    done = await answer(*words, "--reason", "corrected")
    assert {"PackAdopted", "DutyRevised"} <= {fact["type"] for fact in done["facts"]}
    assert (await answer(*words, "--dry-run"))["duties"] == []
