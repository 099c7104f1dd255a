"""Item 4 of the annual report: which incidents belong to a year, and what is told of them."""

import json
from datetime import UTC, datetime

import pytest

from domain import commands as c
from domain.annual import Told, annual, annual_layout
from domain.done import done
from domain.facts import NotificationSettled
from domain.layout import Grid, Heading
from domain.playbook import Words
from domain.state import Announcement, Campaign, Referral
from playbooks.forms import FormLibrary

NOW = datetime(2027, 2, 1, tzinfo=UTC)
SECRET = "张三 13800138000"


@pytest.fixture(scope="module")
def form():
    return FormLibrary().form("ndsr-33")


@pytest.fixture
def told(leak):
    """The leak of 2026, as a real incident of another name, changed as wanted."""

    def make(incident="I-BBBBBBBBBBBB", closed_at=None, drill=False, **changes):
        opened = leak.state.opened.model_copy(update={"drill": drill})
        state = leak.state.model_copy(update={"incident": incident, "opened": opened, **changes})
        return Told(state=state, closed_at=closed_at)

    return make


def facts(told, **values):
    state = told.state
    known = state.facts["first_signal_at"]
    more = {name: known.model_copy(update={"value": value}) for name, value in values.items()}
    return told.model_copy(update={"state": state.model_copy(update={"facts": {**state.facts, **more}})})


def test_an_incident_belongs_to_the_year_in_which_it_was_known_in_beijing(form, told):
    before = facts(told("I-A"), aware_at="2025-12-31T15:59:00Z")
    within = facts(told("I-B"), aware_at="2025-12-31T16:00:00Z")
    after = facts(told("I-C"), aware_at="2026-12-31T16:00:00Z")
    found = annual(form, 2026, [after, within, before], NOW, {})
    assert [(each.incident, each.carried_over) for each in found.entries] == [("I-A", True), ("I-B", False)]
    closed = before.model_copy(update={"closed_at": datetime(2025, 12, 31, 15, 59, tzinfo=UTC)})
    assert [each.incident for each in annual(form, 2026, [closed, within], NOW, {}).entries] == ["I-B"]
    assert [each.incident for each in annual(form, 2027, [after], NOW, {}).entries] == ["I-C"]


def test_drills_never_count_and_false_alarms_only_as_a_number(form, told):
    several = [
        told("I-A", drill=True),
        told("I-B", confirmed=False),
        told("I-C", confirmed=None),
        told("I-D"),
    ]
    found = annual(form, 2026, several, NOW, {})
    assert [(each.incident, each.standing) for each in found.entries] == [
        ("I-C", "examined"),
        ("I-D", "open"),
    ]
    assert found.false_alarms == 1
    assert annual(form, 2027, several[:2], NOW, {}).false_alarms == 0


def test_what_is_told_comes_from_facts_and_holds_no_words_of_anybody(leak, form, told):
    leak.do(c.RecordFacts(values={"cause_known": True, "direct_loss_cny": "200000"}, basis=SECRET))
    number = leak.report(leak.duty("CN-NCIRM-4-OTHER").key)
    leak.do(leak.receipt(number).model_copy(update={"number": "浙网信 17"}))
    titles = {"preserve-evidence": Words(zh="固定证据", en="preserve evidence")}
    one = told("I-A", steps={"preserve-evidence": "done"}, closed_at=datetime(2026, 12, 1, tzinfo=UTC))
    risk = facts(told("I-B"), kind="vulnerability")
    found = annual(form, 2026, [one, risk], NOW, titles)
    fields = {field.id: field for field in found.entries[0].items[0].fields}
    assert fields["persons"].said.zh == "1,204,331 人"
    assert fields["measures"].said.zh == "固定证据"
    assert "浙网信 17" in fields["reports"].said.zh
    assert fields["closed"].said.en == "2026-12-01 08:00 +08:00"
    assert [each.kind for each in found.entries] == ["incident", "vulnerability"]
    assert SECRET not in json.dumps(found.model_dump(mode="json"), ensure_ascii=False)

    paper = annual_layout(found)
    assert paper.under.zh == "2026 年度"
    (grid,) = [block for block in paper.blocks if isinstance(block, Grid)]
    assert [row[0][0].words.zh for row in grid.rows] == ["I-A", "I-B"]
    assert [block.words.en for block in paper.blocks if isinstance(block, Heading)] == [
        "overview",
        "incident I-A",
        "risk I-B",
    ]
    about = {row.label.en: row.says[0].words.zh for row in paper.blocks[0].rows}
    assert (about["incidents"], about["risks"], about["from"]) == ("1", "1", "某公司")


def test_a_year_without_incidents_says_so(form):
    found = annual(form, 2026, [], NOW, {})
    about = {row.label.en: row.says[0].words.zh for row in annual_layout(found).blocks[0].rows}
    assert (about["incidents"], about["false alarms"], about["from"]) == ("0", "0", "—")


def test_an_incident_of_which_nothing_is_known_is_counted_by_its_opening(form, told):
    bare = told("I-A", facts={})
    assert [each.incident for each in annual(form, 2026, [bare], NOW, {}).entries] == ["I-A"]
    carried = annual_layout(annual(form, 2027, [bare], NOW, {}))
    assert "(carried over)" in [block.words.en for block in carried.blocks if isinstance(block, Heading)][1]
    unopened = told("I-A", opened_at=None)
    with pytest.raises(ValueError, match="never opened"):
        annual(form, 2026, [facts(unopened, aware_at="2026-05-01T00:00:00Z")], NOW, {})


def test_what_was_done_lists_filings_notices_and_evidence(leak):
    number = leak.report(leak.duty("CN-NCIRM-4-OTHER").key)
    leak.report(leak.duty("CN-PIPL-57-AUTH").key, filed=None)
    leak.do(c.DraftReport(form="pipl-57", duties=(leak.duty("CN-PIPL-57-AUTH").key,)))
    leak.do(leak.receipt(number, sha256="d" * 64))
    found = done(leak.state)
    assert [(line.number, line.authority, line.receipt) for line in found.reports] == [
        (1, "cac-provincial", "R-1")
    ]
    hashes = [line.sha256 for line in found.evidence]
    assert hashes[0] == ""
    assert f"{1:064}" in hashes
    assert "d" * 64 in hashes
    assert (found.notices, found.closed_at) == ((), None)


def test_what_was_done_lists_the_police_the_people_told_and_the_public(leak):
    key = leak.open("referral")[0]
    gone = Referral(number=1, authority="psb", duties=(key,), sha256="e" * 64)
    filed = {"filed": "in_person", "receipt": "9", "receipt_sha256": "f" * 64, "received_at": NOW}
    told = Campaign(number=1, audience="a", sha256="0" * 64, message="m", duties=())
    counts = NotificationSettled(campaign=1, counts={"delivered": 5}, merkle_root="1" * 64)
    state = leak.state.model_copy(
        update={
            "referrals": {1: gone, 2: gone.model_copy(update={**filed, "number": 2})},
            "campaigns": {1: told, 2: told.model_copy(update={"number": 2, "settled": counts})},
            "announcements": {
                1: Announcement(number=1),
                2: Announcement(number=2, path="/x/", page_sha256="2" * 64),
            },
        }
    )
    found = done(state)
    assert [(line.number, line.what, line.receipt) for line in found.reports] == [(2, None, "9")]
    assert [(line.number, line.path) for line in found.notices] == [(2, ""), (2, "/x/")]
    assert [line.sha256[0] for line in found.evidence[1:]] == ["f", "2", "1"]
