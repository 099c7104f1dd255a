"""The auditor is heard by ways of its own, in its rhythm, and goes on where it left off."""

import asyncio
import json
import os
import sqlite3
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from ruamel.yaml import YAML
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from cli.main import app
from domain import facts as f
from domain.bulletin import Bulletin, Standing
from domain.finding import KINDS, Finding
from service.auditor import words
from service.auditor.notebook import Notebook
from service.auditor.round import Round, alive, keep_watch
from service.auditor.voice import voice
from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.smtp_sink import SmtpSink
from service.settings import Settings
from service.settings_error import SettingsError
from tests.service.watched import KEY, watched
from tests.stories.wait import until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Outside:
    """Who hears: a relay, a webhook and a heartbeat, each only where the auditor's settings say."""

    def __init__(self):
        self.calls = []
        self.status = 200
        self.mail = SmtpSink(keep=True)
        app = Starlette(routes=[Route("/{path:path}", self.called, methods=["POST"])])
        self.server = LocalServer(app)

    async def called(self, request):
        self.calls.append((request.url.path, await request.body(), dict(request.headers)))
        return Response(status_code=self.status)

    def beats(self):
        return [path for path, _, _ in self.calls if path.startswith("/beat")]

    def mails(self):
        return [message_from_bytes(mail.content, policy=default) for mail in self.mail.mails]

    def settings(self, **more):
        return {
            "to": ["duty@auditor.example"],
            "email": {
                "host": "127.0.0.1",
                "port": self.mail.port,
                "tls": "none",
                "sender": "auditor@auditor.example",
            },
            "heartbeat_url": f"{self.server.url}/beat",
            **more,
        }


@pytest.fixture
async def outside():
    found = Outside()
    async with found.mail, found.server:
        yield found


@asynccontextmanager
async def rounds(ours, **changes):
    """A round over an installation, as a process would make one."""
    part = ours.settings.auditor.model_copy(update=changes)
    settings = ours.settings.model_copy(update={"auditor": part})
    async with voice(settings) as spoken:
        found = Round(ours.auditor(**changes), Notebook(settings.data_dir), spoken)
        found.recall()
        yield found


@pytest.fixture
async def ours(temporal, keys, tmp_path, outside):
    url = f"sqlite:///{tmp_path}/ledger.db"
    hook = {"url": f"{outside.server.url}/hook", "secret": SECRET}
    heard = outside.settings(webhook=hook, escalate_to=["chief@auditor.example"])
    async with watched(temporal, keys, tmp_path, url, **heard) as found:
        yield found


async def test_a_terminated_clock_is_told_once_then_in_its_rhythm_and_its_end_as_well(ours, outside):
    incident, _ = await ours.incident()
    clock = ours.client.get_workflow_handle(f"incident/{incident}/duty/{KEY}")

    async with rounds(ours) as watch:

        async def well():
            return not (await watch.turn()).findings

        await until(well)
        assert set(outside.beats()) == {"/beat"}
        assert outside.mails() == []
        await clock.terminate("a test")

        async def found():
            return (await watch.turn()).findings

        await until(found)
        await watch.turn()
    [mail] = outside.mails()
    assert (mail["to"], mail["subject"]) == ("duty@auditor.example", "Tocsin auditor: 1 new")
    told = mail.get_content()
    assert f"the clock was terminated; incident/{incident}/duty/{KEY}; due " in told
    assert "[clock.terminated]" in told
    assert outside.beats()[-2:] == ["/beat/fail", "/beat/fail"]
    [(_, body, headers)] = [call for call in outside.calls if call[0] == "/hook"]
    assert json.loads(Webhook(SECRET).verify(body, headers) and body)["subject"] == mail["subject"]
    beat = next(body for path, body, _ in outside.calls if path == "/beat/fail")
    assert beat == b"1 incidents open, 1 clocks; clock.terminated 1"

    # A new process goes on: nothing is told twice, and what stands long is told to further people.
    async with rounds(ours) as again:
        await again.turn()
        assert len(outside.mails()) == 1
    async with rounds(ours, repeat_minutes=0.0001, escalate_minutes=0.0001) as impatient:
        await impatient.turn()
        assert [str(mail["to"]) for mail in outside.mails()[1:]] == [
            "duty@auditor.example",
            "chief@auditor.example",
        ]
        assert outside.mails()[-1]["subject"] == "Tocsin auditor: unresolved: 1 still there"

    settled = f.DutyWithdrawn(key=KEY, reason="r", approved_by="ben")
    ours.write(f"incident/{incident}", settled, at=datetime.now(UTC))
    async with rounds(ours) as last:
        await last.turn()
        await last.turn()
    assert outside.mails()[-1]["subject"] == "Tocsin auditor: 1 over"
    assert len(outside.mails()) == 4
    assert outside.beats()[-1] == "/beat"


async def test_what_nobody_could_be_told_is_told_later(ours, outside):
    await ours.incident(clocks=False)
    outside.status = 503
    port = outside.mail.port
    await outside.mail.stop()
    async with rounds(ours) as watch:
        look = await watch.turn()
        assert [finding.kind for finding in look.findings] == ["clock.missing"]
        outside.status = 200
        await outside.mail.start(port)
        await watch.turn()
        assert [path for path, _, _ in outside.calls if path == "/hook"] == ["/hook", "/hook"]
        await watch.turn()
    assert len([call for call in outside.calls if call[0] == "/hook"]) == 2


async def test_who_cannot_see_says_so_when_it_has_lasted_and_takes_nothing_back(ours, outside):
    await ours.incident(clocks=False)
    async with rounds(ours) as watch:
        await watch.turn()
        assert len(outside.mails()) == 1
        watch.auditor.settings = ours.settings.model_copy(update={"temporal_address": "127.0.0.1:1"})
        watch.auditor._temporal = None
        beats = len(outside.beats())
        look = await watch.turn()
        assert (look.findings, look.complete) == ((), False)
        assert len(outside.beats()) == beats, "an auditor that cannot see gives no sign of life"
        impatient = ours.settings.auditor.model_copy(update={"patience_seconds": 0.0})
        watch.auditor.settings = watch.auditor.settings.model_copy(update={"auditor": impatient})
        look = await watch.turn()
        assert [finding.kind for finding in look.findings] == ["temporal.unreachable"]
    assert [mail["subject"] for mail in outside.mails()] == ["Tocsin auditor: 1 new"] * 2
    assert outside.beats()[-1] == "/beat/fail"


async def test_what_somebody_answers_for_is_not_told(ours, outside):
    incident, _ = await ours.incident()
    await ours.client.get_workflow_handle(f"incident/{incident}/duty/{KEY}").terminate("a test")
    async with rounds(ours) as watch:

        async def found():
            return (await watch.turn()).findings

        [terminated] = await until(found)
        Notebook(ours.settings.data_dir).accept(terminated.key, "ana", "a test")
        assert (await watch.turn()).findings == ()
    assert outside.mails()[-1]["subject"] == "Tocsin auditor: 1 over"


async def test_a_ledger_that_was_cut_may_be_taken_as_it_is(ours):
    await ours.incident()
    async with rounds(ours) as watch:
        await watch.turn()
        with ours.ledger._database.writing() as connection:
            connection.exec_driver_sql("DROP TRIGGER fact_no_delete")
            connection.exec_driver_sql("DELETE FROM fact WHERE type = 'DutyOpened'")
        [cut] = (await watch.turn()).findings
        assert cut.kind == "ledger.cut"
        Notebook(ours.settings.data_dir).accept(cut.key, "ana", "restored from a backup")
        assert (await watch.turn()).findings == ()
        assert (await watch.turn()).findings == ()


async def test_a_fault_of_its_own_does_not_end_it(ours, outside, monkeypatch):
    async with rounds(ours) as watch:

        async def failing():
            raise ZeroDivisionError

        monkeypatch.setattr(type(watch.auditor), "look", lambda _: failing())
        look = await watch.turn()
        assert [(finding.kind, finding.detail) for finding in look.findings] == [
            ("auditor.fault", "ZeroDivisionError")
        ]
        await watch.gone()
    assert [mail["subject"] for mail in outside.mails()] == ["Tocsin auditor: 1 new"] * 2


def test_notes_that_cannot_be_read_are_kept_aside_and_begun_anew(tmp_path):
    (tmp_path / "auditor").mkdir()
    (tmp_path / "auditor" / "notes.db").write_bytes(b"no database, and long enough to be read as one" * 30)
    notes = Notebook(tmp_path)
    assert notes.begun_anew
    assert (notes.heads(), notes.standings(), notes.looked_at()) == ({}, {}, None)
    assert (tmp_path / "auditor" / "notes.broken").exists()
    with sqlite3.connect(notes.file) as connection:
        connection.execute("INSERT INTO standing VALUES ('older', '{}')")
    connection.close()
    assert Notebook(tmp_path).standings() == {}


def test_notes_that_cannot_be_kept_are_told_of(tmp_path):
    (tmp_path / "auditor").write_text("a file")
    with pytest.raises(SettingsError, match="make it writable"):
        Notebook(tmp_path)


def test_an_auditor_that_has_not_looked_lately_is_not_alive(tmp_path):
    settings, now = Settings(data_dir=tmp_path), datetime.now(UTC)
    assert not alive(settings, now)
    notes = Notebook(tmp_path)
    assert not alive(settings, now)
    notes.write({}, {}, now)
    assert alive(settings, now)
    assert not alive(settings, now + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ({"to": ["duty@auditor.example"]}, "TOCSIN_AUDITOR__EMAIL"),
        ({"im": "nonsense://secret"}, "TOCSIN_AUDITOR"),
        ({"webhook": {"url": "ftp://secret"}}, "not an http or https URL"),
        ({"webhook": {"url": "https://a.example", "secret": "short"}}, "whsec_"),
        ({"heartbeat_url": "secret.example/path"}, "not an http or https URL"),
    ],
)
async def test_a_channel_that_cannot_work_is_told_of_without_its_secret(tmp_path, part, names):
    with pytest.raises(SettingsError) as refused:
        async with voice(Settings(data_dir=tmp_path, auditor=part)):
            pass
    assert names in str(refused.value)
    assert "secret" not in str(refused.value).replace("signing secret", "")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_its_words_say_everything_once_and_of_very_many_how_many(language):
    now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    some = tuple(
        Standing(finding=Finding(kind=kind, subject="s", due_at=now, drill=True), since=now) for kind in KINDS
    )
    said = Bulletin(at=now, new=some, again=some[:1], over=some[:1], escalated=True)
    text, subject = words.text(said, language), words.subject(said, language)
    more = len(some) - words.SHOWN
    assert f"{more}" in text
    assert text.count("\n- ") == words.SHOWN + 1 + 2
    assert ("演练" in text) == (language == "zh-CN")
    assert str(len(some)) in subject
    over = Bulletin(at=now, over=some[:1], escalated=True)
    assert words.subject(over, language) in {"【警钟审计】1 项已恢复", "Tocsin auditor: 1 over"}


async def started(folder, *arguments, stdin=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cli.main",
        *arguments,
        stdin=stdin,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**clean, "TOCSIN_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
    )


async def ended(monkeypatch, folder, *arguments):
    """Run a command as the shell would, in this process, because each new one costs seconds."""
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(folder))
    found = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    return found.exit_code, found.stdout, found.stderr


def written(ours):
    """The settings of an installation in its file, as a process reads them."""
    part = ours.settings.auditor
    values = {
        "ledger_url": ours.settings.ledger_url.get_secret_value(),
        "temporal_address": ours.settings.temporal_address,
        "temporal_namespace": ours.settings.temporal_namespace,
        "operators": {"ana": {}},
        "auditor": {
            "second_look_seconds": 0,
            "language": "en",
            "to": [each.get_secret_value() for each in part.to],
            "email": {**part.email.model_dump(exclude={"password", "ca_file"})},
            "heartbeat_url": part.heartbeat_url.get_secret_value(),
        },
    }
    file = ours.settings.data_dir / "tocsin.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump(values, out)
    file.chmod(0o600)


async def test_one_look_as_a_command_and_a_finding_that_is_accepted(ours, monkeypatch):
    written(ours)
    folder = ours.settings.data_dir
    incident, _ = await ours.incident()
    code, out, _ = await ended(monkeypatch, folder, "audit", "-o", "table")
    assert (code, out) == (0, "0 findings; 1 incidents are open, 1 clocks must run.\n")

    stream = f"incident/{incident}/duty/{KEY}"
    await ours.client.get_workflow_handle(stream).terminate("a test")
    code, out, _ = await ended(monkeypatch, folder, "audit", "-o", "json")
    found = json.loads(out)
    assert (code, found["complete"], found["accepted"]) == (7, True, [])
    [finding] = found["findings"]
    assert (finding["kind"], finding["subject"]) == ("clock.terminated", stream)
    assert finding["means"] == "the clock was terminated"

    accept = ("audit", "--accept", finding["key"])
    code, _, complaint = await ended(monkeypatch, folder, *accept, "--as", "nobody", "--reason", "r")
    assert (code, "--as with a handle" in complaint) == (2, True)
    code, _, complaint = await ended(
        monkeypatch, folder, "audit", "--accept", "other", "--as", "ana", "--reason", "r"
    )
    assert (code, "[cli.not_found]" in complaint) == (3, True)
    code, out, _ = await ended(monkeypatch, folder, *accept, "--as", "ana", "--reason", "a test")
    assert (code, out) == (0, f"Accepted: {finding['key']}\n")
    code, out, _ = await ended(monkeypatch, folder, "audit", "-o", "table")
    assert (code, "0 findings, 1 more accepted" in out) == (0, True)


async def test_the_role_looks_is_alive_leaves_in_good_order_and_does_not_look_twice(
    ours, outside, monkeypatch
):
    written(ours)
    folder = ours.settings.data_dir
    assert (await ended(monkeypatch, folder, "auditor", "--check"))[0] == 4
    process = await started(folder, "auditor")
    assert (await process.stdout.readline()) == b"Looking every 60 s; heard by e-mail, heartbeat.\n"

    async def beaten():
        return outside.beats()

    await until(beaten)
    assert (await ended(monkeypatch, folder, "auditor", "--check"))[:2] == (0, "The auditor looks.\n")
    with pytest.raises(SettingsError, match="already looks"):
        await keep_watch(ours.settings, print)
    process.terminate()
    _, complaint = await asyncio.wait_for(process.communicate(), 30)
    assert (process.returncode, complaint) == (0, b"")


@pytest.mark.parametrize("well", [True, False])
async def test_beside_an_engine_it_tells_of_an_end_without_a_goodbye_and_leaves(ours, outside, well):
    written(ours)
    process = await started(ours.settings.data_dir, "auditor", "--beside", stdin=asyncio.subprocess.PIPE)

    async def beaten():
        return outside.beats()

    await until(beaten)
    _, complaint = await asyncio.wait_for(process.communicate(b"bye\n" if well else b""), 30)
    assert process.returncode == 0
    assert [mail["subject"] for mail in outside.mails()] == ([] if well else ["Tocsin auditor: 1 new"])
    assert (b"without a goodbye" in complaint) is not well
