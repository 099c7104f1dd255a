"""One person's record: who may open it, what is noted of that, and a proof that strangers can check."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from cli.main import app
from domain import campaign as k
from domain.disclosure import case_digest, figures, plan_digest
from domain.fact import Fact
from domain.facts import DutyKey, NotificationRequested
from domain.ids import campaign_stream, evidence_stream
from domain.merkle import root
from domain.playbook import Words
from ledger.errors import Conflict
from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.port import DeliveryState, NewDelivery, Outcome
from playbooks.messages import Messages
from tests.cli.test_reading import run

CHECK = Path(__file__).parents[2] / "docs" / "evidence" / "check_proof.py"
PEOPLE = [
    {"name": "张三", "email": "zhang@people.example", "phone": "+8613900000001"},
    {"name": "张小", "email": "", "phone": "+8613900000001"},
    {"name": "Li Si", "email": "Li@people.example", "phone": ""},
    {"name": "", "email": "", "phone": ""},
    {"name": "王五", "email": "wang@people.example", "phone": ""},
]
AT = datetime(2026, 11, 26, tzinfo=UTC)
FROZEN = k.AudienceFrozen(sha256="", total=5, rejected=0, unreachable=1, channels={"sms": 2, "email": 2})


class Told:
    """A campaign whose rows and facts stand in the ledger as its workflow would write them."""

    def __init__(self, case, memory: Memory, certain: str = "") -> None:
        self.case, self.memory = case, memory
        self.stream = campaign_stream(case.incident, 1)
        case.leak()
        self.case._write([self._fact(case.state.stream, case.state.version + 1, self._order())])
        key = memory.keys.campaign(self.stream)
        rows = [
            NewDelivery(
                seq,
                key.person(f"id\nC{seq}"),
                ("sms",) if one["phone"] else ("email",) if one["email"] else (),
                "zh-CN",
                key.seal(orjson.dumps(one), str(seq)),
            )
            for seq, one in enumerate(PEOPLE, start=1)
        ]
        memory.deliveries.freeze(self.stream, rows)
        frozen = FROZEN
        templates = certain or Messages(Words(zh="", en="")).digest("data-leak")
        named = plan_digest("a" * 64, "data-leak", templates, figures(frozen))
        told = case_digest(case.state.facts, case.book.opening.organisation)
        frozen = frozen.model_copy(update={"sha256": named, "case_sha256": told})
        self.append(frozen, k.CampaignStarted())
        memory.deliveries.claim(self.stream, ("sms", "email"), 1, 5, 4, "t", AT)
        sent = [Outcome(seq, DeliveryState.SENT, f"SM{seq}") for seq in (1, 2)]
        memory.deliveries.settle(
            self.stream, "t", [*sent, Outcome(3, DeliveryState.REFUSED, code="smtp.rcpt.550")], AT
        )

    @staticmethod
    def _order():
        duties = (DutyKey(duty="CN-NDSMR-11-IND", authority="individuals"),)
        return NotificationRequested(
            campaign=1, audience="/list.csv", sha256="a" * 64, message="data-leak", duties=duties
        )

    @staticmethod
    def _fact(stream, version, body):
        return Fact(stream=stream, version=version, at=AT, actor="system:campaign", body=body)

    def append(self, *bodies):
        head = self.memory.ledger.head(self.stream)
        first = head.version + 1 if head else 1
        facts = [self._fact(self.stream, first + n, body) for n, body in enumerate(bodies)]
        self.memory.ledger.append(self.stream, [fact.line() for fact in facts])

    def settle(self):
        counts = self.memory.deliveries.close(self.stream, AT)
        merkle_root = root(self.memory.deliveries.leaves(self.stream))
        by_state = {}
        for tally in counts.tallies:
            by_state[tally.state.value] = by_state.get(tally.state.value, 0) + tally.rows
        self.append(k.CampaignSettled(counts=by_state, merkle_root=merkle_root))

    def openings(self):
        return [json.loads(e.line.body) for e in self.memory.ledger.read(evidence_stream(self.case.incident))]


@pytest.fixture
def memory(case, data_dir, monkeypatch):
    assert case.facts
    operators = {"auditor": {"roles": ["evidence"]}, "lead": {"roles": ["lead"]}}
    monkeypatch.setenv("TOCSIN_OPERATORS", json.dumps(operators))
    monkeypatch.setenv("TOCSIN_OPERATOR", "auditor")
    url = f"sqlite:///{data_dir / 'ledger.db'}"
    memory = Memory(url, MasterKey.ensured(data_dir / "keys" / "master.key"))
    yield memory
    memory.close()


@pytest.fixture
def told(case, memory):
    return Told(case, memory)


def ask(told, *words, code=0, reason="complaint 17"):
    why = ("--reason", reason) if reason else ()
    return run("notify", "evidence", told.case.incident, 1, *words, *why, code=code)


def checked(file, *words):
    return subprocess.run(
        [sys.executable, "-I", str(CHECK), str(file), *words], capture_output=True, text=True, check=False
    )


def test_one_persons_record_is_opened_proven_and_written_down(told, tmp_path):
    told.settle()
    file = tmp_path / "bundle.json"
    answer = json.loads(ask(told, "--person", "LI@people.example", "--to", file).stdout)
    assert answer == json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600
    assert (answer["row"]["seq"], answer["row"]["state"], answer["message"]) == (3, "refused", None)
    assert told.openings() == [{"by": "auditor", "campaign": 1, "reason": "complaint 17", "seq": 3}]
    head = told.memory.ledger.head(told.stream).hash
    assert answer["chain"][-1]["hash"] == head
    result = checked(file, head)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("holds: refused, row 3 of 5")
    assert checked(file, "0" * 64).returncode == 1
    assert told.memory.ledger.verify().ok
    assert "people.example" not in str(list(told.memory.ledger.read(evidence_stream(told.case.incident))))


def test_every_row_is_proven_and_every_forgery_is_found(told, tmp_path):
    told.settle()
    for seq in range(1, 6):
        file = tmp_path / f"{seq}.json"
        ask(told, "--seq", seq, "--to", file)
        assert checked(file).returncode == 0
    whole = json.loads((tmp_path / "1.json").read_text())
    assert whole["message"]["certain"]
    assert "张三" in whole["message"]["words"][1]

    def forged(change):
        bundle = json.loads(json.dumps(whole))
        change(bundle)
        file = tmp_path / "forged.json"
        file.write_text(json.dumps(bundle))
        return checked(file)

    changes = [
        lambda b: b["row"].update(state="delivered"),
        lambda b: b["row"].update(seq=2),
        lambda b: b.update(campaign=2),
        lambda b: b["proof"].update(leaf=b["proof"]["leaf"].replace('"sent"', '"delivered"')),
        lambda b: b["proof"].update(index=1),
        lambda b: b["proof"].update(size=6),
        lambda b: b["proof"]["siblings"].pop(),
        lambda b: b["proof"]["siblings"].append("00" * 32),
        lambda b: b["proof"].update(root="00" * 32),
        lambda b: b["chain"][0].update(body=b["chain"][0]["body"].replace('"sent":2', '"sent":1')),
        lambda b: b["chain"][0].update(actor="nobody"),
        lambda b: b["chain"][0].update(prev="00" * 32),
        lambda b: b["chain"].clear(),
        lambda b: b["message"]["words"].__setitem__(1, "you were never told"),
        lambda b: b.update(proof=None),
    ]
    for change in changes:
        assert forged(change).returncode == 1, change


def test_a_person_is_read_on_the_terminal(told):
    shown = ask(told, "--id", "C1", "-o", "table").stdout
    assert "none yet: the campaign is not over" in shown
    assert "sent by sms" in shown
    assert "templates and facts are the frozen ones" in shown
    told.settle()
    assert "leaf 1 of 5 under the ledger's root" in ask(told, "--seq", 1, "-o", "table").stdout
    assert "No message left" in ask(told, "--seq", 4, "-o", "table").stdout


def test_words_of_other_templates_are_said_to_be_uncertain(case, memory):
    told = Told(case, memory, certain="f" * 64)
    assert not json.loads(ask(told, "--seq", 1).stdout)["message"]["certain"]
    assert "may have been others" in ask(told, "--seq", 1, "-o", "table").stdout


def test_who_shares_an_address_is_asked_for_by_row(told):
    refused = ask(told, "--person", "139 0000 0001", code=2)
    assert "2 people share that address; choose one with --seq: 1, 2. [evidence.several]" in refused.output
    assert "0001" not in refused.output
    assert told.openings() == []


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        (("--person", "zhao@people.example"), 3, "evidence.nobody"),
        (("--id", "C99"), 3, "evidence.nobody"),
        (("--seq", 6), 3, "evidence.nobody"),
        (("--person", "zhao"), 2, "evidence.person"),
        ((), 2, "cli.usage"),
        (("--seq", 1, "--id", "C1"), 2, "cli.usage"),
        (("--seq", 1, "--to", "/nowhere/bundle.json"), 2, "cli.file"),
        (("--seq", 1, "--as", "lead"), 1, "evidence.not_allowed"),
        (("--seq", 1, "--as", "stranger"), 2, "desk.unknown_operator"),
    ],
)
def test_what_does_not_fit_opens_nothing(told, words, exit_code, code):
    refused = ask(told, *words, code=exit_code)
    assert f"[{code}]" in refused.output
    assert "zhao" not in refused.output.replace("--person", "")
    assert told.openings() == []


def test_a_reason_is_needed_and_names_nobody(told):
    assert "[evidence.reason]" in ask(told, "--seq", 1, reason="", code=2).output
    refused = ask(told, "--id", "C1", reason="C1 complained", code=2)
    assert "[evidence.reason]" in refused.output
    assert told.openings() == []


def test_another_campaign_has_no_record(told):
    refused = run("notify", "evidence", told.case.incident, 2, "--seq", 1, "--reason", "x", code=3)
    assert "[evidence.no_campaign]" in refused.output


def test_rows_that_are_not_the_counted_ones_are_named_so(told):
    told.memory.deliveries.close(told.stream, AT)
    told.append(k.CampaignSettled(counts={"sent": 5}, merkle_root="0" * 64))
    assert "[evidence.root_differs]" in ask(told, "--seq", 1, code=5).output


def test_an_erased_campaign_still_proves_its_rows_by_number(told, tmp_path):
    told.settle()
    told.memory.keys.destroy(told.stream, AT)
    assert "[erased]" in ask(told, "--id", "C1", code=4).output
    file = tmp_path / "bundle.json"
    answer = json.loads(ask(told, "--seq", 1, "--to", file).stdout)
    assert (answer["person"], answer["message"]) == (None, None)
    assert checked(file).returncode == 0
    assert "erased" in ask(told, "--seq", 1, "-o", "table").stdout


def test_two_who_look_at_once_take_their_turns(told, monkeypatch):
    append, clashes = type(told.memory.ledger).append, []

    def clashing(self, stream, lines):
        if stream.startswith("evidence/") and not clashes:
            clashes.append(stream)
            raise Conflict(stream, 1)
        return append(self, stream, lines)

    monkeypatch.setattr("ledger.store.Store.append", clashing)
    ask(told, "--seq", 2)
    assert [opening["seq"] for opening in told.openings()] == [2]


def test_an_address_can_come_by_the_standard_input(told):
    words = ["notify", "evidence", told.case.incident, "1", "--person", "-", "--reason", "x", "-o", "json"]
    result = CliRunner().invoke(app, words, input="wang@people.example\n", catch_exceptions=False)
    assert json.loads(result.stdout)["row"]["seq"] == 5


def test_the_counts_of_a_campaign_always_add_up_to_its_audience(told):
    [before] = json.loads(run("notify", "status", told.case.incident).stdout)
    assert before["counts"] == {"sent": 2, "refused": 1, "sending": 1, "unreachable": 1}
    assert before["counted"] == len(PEOPLE)
    lines = run("notify", "status", told.case.incident, "-w", "--for", 0, "-o", "json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [[before]]
    shown = run("notify", "status", told.case.incident, "-w", "--for", 0, "-o", "table").stdout
    assert "unreachable 1 + refused 1 + sending 1 + sent 2 = 5" in " ".join(shown.split())
