"""The public form of `tocsin law assess`; what is expected was worked out by hand from the law."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app

# Every key, whatever the answer is.
KEYS = {
    "id",
    "status",
    "kind",
    "title",
    "instrument",
    "article",
    "reason",
    "decided_by",
    "recipients",
    "due_at",
    "provisional_due_at",
    "clock_start",
    "clock_start_fact",
    "waiting_on",
    "used",
    "deadline",
    "deadline_text",
    "urgency",
    "form",
    "confidence",
    "live",
    "blocking",
    "channel_blocked",
    "pack",
}
GRADE = {
    "value",
    "at_least",
    "at_most",
    "decided_by",
    "facts",
    "unknown_limbs",
    "presumed",
    "would_change",
}
AWARE = "2026-03-01T09:30:00+08:00"
PROFILE = {"operates_cii": False, "state_organ": False, "offers_public_services": True}


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Neither settings nor a ledger: a folder that does not exist, and settings that cannot be used."""
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("TOCSIN_EMAIL__PORT", "not a port")
    monkeypatch.setenv("TOCSIN_TIMEZONE", "Asia/Shanghai")
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("TOCSIN_CONFIG", "TOCSIN_PACKS_DIR", "TOCSIN_LEDGER_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def ask(tmp_path):
    def asking(facts, organisation=PROFILE, at="2026-03-01T10:30:00+08:00", *, form="json", code=0):
        files = {"facts": tmp_path / "facts.yaml", "organisation": tmp_path / "organisation.json"}
        for name, content in (("facts", facts), ("organisation", organisation)):
            text = content if isinstance(content, str) else json.dumps(content)
            files[name].write_text(text, encoding="utf-8")
        words = ["--facts", files["facts"], "--organisation", files["organisation"], "--at", at, "-o", form]
        result = CliRunner().invoke(app, ["law", "assess", *map(str, words)], catch_exceptions=False)
        assert result.exit_code == code, result.output
        if code:
            assert result.stdout == ""
            assert len(result.stderr.splitlines()) == 1
            return result.stderr
        return json.loads(result.stdout) if form == "json" else result.stdout

    return asking


def duties(answer):
    found = {duty["id"]: duty for duty in answer["duties"]}
    assert len(found) == len(answer["duties"])
    assert all(set(duty) == KEYS for duty in answer["duties"])
    assert set(answer["grade"]) == GRADE
    return found


def to(duty):
    return {recipient["authority"] for recipient in duty["recipients"]}


def test_a_leak_of_a_million_persons_at_a_company(ask):
    # Q5: at least 1,000,000 persons is 较大; Art. 4(4): 4 hours from awareness to the provincial office.
    answer = ask(
        {
            "confirmed": True,
            "aware_at": AWARE,
            "personal_information": "leaked",
            "persons_affected": 1_204_331,
            "cii_affected": False,
        }
    )
    assert answer["law_of"] == "2026-03-01T01:30:00.000000Z"
    grade = answer["grade"]
    assert (grade["value"], grade["at_least"], grade["decided_by"]) == ("unknown", "较大", ["Q5"])
    assert "Q7" in grade["unknown_limbs"]
    raised = {(c["limb"], c["grade"]) for c in grade["would_change"] if c["direction"] == "raise"}
    assert ("Q5", "重大") in raised
    found = duties(answer)
    report = found["CN-NCIRM-4-OTHER"]
    assert (report["status"], report["article"]) == ("owed", "4(4)")
    assert (report["clock_start"], report["due_at"]) == (
        "2026-03-01T01:30:00.000000Z",
        "2026-03-01T05:30:00.000000Z",
    )
    assert (report["used"], report["provisional_due_at"], to(report)) == (0.25, None, {"cac-provincial"})
    assert {"personal_information", "persons_affected"} <= set(report["decided_by"])
    assert found["CN-NCIRM-4-CII"]["status"] == "not_owed"
    assert found["CN-NCIRM-4-STATE"]["status"] == "not_owed"
    told = found["CN-PIPL-57-IND"]
    assert (told["status"], told["due_at"], told["urgency"]) == ("owed", None, "immediate")
    police = found["CN-D147-14"]
    assert (police["status"], police["due_at"]) == ("unknown", None)
    assert police["provisional_due_at"] == "2026-03-02T01:30:00.000000Z"
    assert police["decided_by"] == ["crime_suspected"]
    final = found["CN-NCIRM-8-FINAL"]
    assert (final["status"], final["due_at"], final["waiting_on"]) == ("owed", None, "handling_ended_at")
    assert found["CN-NCIRM-4-PROV-RELAY"]["status"] == "not_owed"


def test_a_range_that_lies_on_both_sides_of_a_bar_decides_nothing(ask):
    facts = {"confirmed": True, "aware_at": AWARE, "personal_information": "leaked", "cii_affected": False}
    answer = ask({**facts, "persons_affected": {"min": 500_000, "max": 2_000_000}})
    assert answer["grade"]["at_least"] == "一般"
    report = duties(answer)["CN-NCIRM-4-OTHER"]
    assert (report["status"], report["provisional_due_at"]) == ("unknown", "2026-03-01T05:30:00.000000Z")
    answer = ask({**facts, "persons_affected": {"min": 1_000_000}})
    assert duties(answer)["CN-NCIRM-4-OTHER"]["status"] == "owed"


def test_critical_infrastructure_down_for_an_hour_is_reported_within_one(ask):
    # Q2: the whole down for 1 hour is 重大; Art. 4(2): one hour, to the protection department and the police.
    answer = ask(
        """
        incident:
          confirmed: true
          first_signal_at: 2026-03-01T09:30:00+08:00
          cii_affected: true
          cii_outage_whole: PT1H
          personal_information: none
          harms_individuals: unknown
        """,
        {"organisation": {"operates_cii": True, "state_organ": False}},
        at="2026-03-01T09:50:00+08:00",
    )
    assert answer["grade"]["at_least"] == "重大"
    assert answer["grade"]["decided_by"] == ["Q2"]
    found = duties(answer)
    report = found["CN-NCIRM-4-CII"]
    assert (report["status"], report["due_at"]) == ("owed", "2026-03-01T02:30:00.000000Z")
    assert to(report) == {"protection-department", "psb"}
    assert (report["clock_start_fact"], report["used"]) == ("first_signal_at", 0.333)
    assert found["CN-NCIRM-4-OTHER"]["status"] == "not_owed"
    assert found["CN-CII-18"]["status"] == "owed"
    assert found["CN-PIPL-57-IND"]["status"] == "not_owed"


def test_while_it_is_not_known_whose_infrastructure_it_is_both_clocks_are_provisional(ask):
    answer = ask({"aware_at": AWARE, "personal_information": "leaked", "persons_affected": 2_000_000})
    found = duties(answer)
    ends = {name: found[name]["provisional_due_at"] for name in ("CN-NCIRM-4-CII", "CN-NCIRM-4-OTHER")}
    assert ends == {
        "CN-NCIRM-4-CII": "2026-03-01T02:30:00.000000Z",
        "CN-NCIRM-4-OTHER": "2026-03-01T05:30:00.000000Z",
    }
    assert {found[name]["status"] for name in ends} == {"unknown"}
    assert "cii_affected" in found["CN-NCIRM-4-CII"]["decided_by"]


def test_a_state_organ_has_two_hours(ask):
    facts = {"confirmed": True, "aware_at": AWARE, "cii_affected": False, "direct_loss_cny": 5_000_000}
    answer = ask(facts, {"state_organ": True})
    assert answer["grade"]["decided_by"] == ["Q7"]
    report = duties(answer)["CN-NCIRM-4-STATE"]
    assert (report["status"], report["due_at"]) == ("owed", "2026-03-01T03:30:00.000000Z")
    assert to(report) == {"own-cyberspace-office"}


def test_the_law_of_awareness_applies(ask):
    # The reporting measure has been in force since 2025-11-01; the day is Shanghai's.
    facts = {
        "confirmed": True,
        "personal_information": "leaked",
        "persons_affected": 1_000_000,
        "cii_affected": False,
    }
    before = duties(ask({**facts, "aware_at": "2025-10-31T23:59:59+08:00"}))
    after = duties(ask({**facts, "aware_at": "2025-10-31T16:00:00Z"}))
    assert before["CN-NCIRM-4-OTHER"]["status"] == "not_owed"
    assert "not the law" in before["CN-NCIRM-4-OTHER"]["reason"]
    assert after["CN-NCIRM-4-OTHER"]["status"] == "owed"
    assert before["CN-PIPL-57-AUTH"]["status"] == after["CN-PIPL-57-AUTH"]["status"] == "owed"


def test_a_person_grading_it_wins(ask):
    facts = {
        "confirmed": True,
        "aware_at": AWARE,
        "classified_at": "2026-03-01T10:00:00+08:00",
        "grade_override": "一般",
        "personal_information": "leaked",
        "persons_affected": 1_204_331,
        "cii_affected": False,
    }
    answer = ask(facts)
    assert answer["grade"]["value"] == "一般"
    assert answer["grade"]["decided_by"] == ["grade_override"]
    assert duties(answer)["CN-NCIRM-4-OTHER"]["status"] == "not_owed"
    answer = ask({name: value for name, value in facts.items() if name != "grade_override"})
    assert answer["grade"]["value"] == "较大"


def test_a_false_alarm_ends_them_all_and_a_vulnerability_has_its_own(ask):
    found = duties(ask({"confirmed": False, "aware_at": AWARE, "personal_information": "leaked"}))
    assert {duty["status"] for duty in found.values() if duty["kind"] == "incident"} == {"not_owed"}
    found = duties(
        ask(
            {"kind": "vulnerability", "aware_at": AWARE, "national_security_or_public_interest": True},
            {"provides_network_products": True},
        )
    )
    day = found["CN-NDSR-10-24H"]
    assert (day["status"], day["due_at"]) == ("owed", "2026-03-02T01:30:00.000000Z")
    assert {duty["status"] for duty in found.values() if duty["kind"] == "incident"} == {"not_owed"}


def test_the_final_report_is_due_30_days_after_handling(ask):
    facts = {
        "confirmed": True,
        "aware_at": AWARE,
        "grade_override": "较大",
        "cii_affected": False,
        "handling_ended_at": "2026-03-10T12:00:00+08:00",
        "reported_at": {"CN-NCIRM-4-OTHER": "2026-03-01T12:00:00+08:00"},
    }
    final = duties(ask(facts, at="2026-03-25T12:00:00+08:00"))["CN-NCIRM-8-FINAL"]
    assert (final["status"], final["due_at"], final["used"]) == ("owed", "2026-04-09T04:00:00.000000Z", 0.5)


def test_nothing_known_is_an_answer_too(ask):
    answer = ask("", "")
    assert answer["law_of"] == answer["at"] == "2026-03-01T02:30:00.000000Z"
    assert answer["grade"]["value"] == "unknown"
    report = duties(answer)["CN-NCIRM-4-OTHER"]
    assert (report["status"], report["provisional_due_at"], report["waiting_on"]) == (
        "unknown",
        None,
        "aware_at",
    )


def test_a_person_reads_it_as_tables(ask):
    told = ask(
        {
            "confirmed": True,
            "aware_at": AWARE,
            "personal_information": "leaked",
            "persons_affected": 1_204_331,
            "cii_affected": False,
            "work_secret_suspected": True,
        },
        form="table",
    )
    assert "by the law of 2026-03-01 09:30 +08:00" in told
    assert "because Q5" in told
    assert "2026-03-01 13:30 +08:00, 3 h left" in told
    assert "25 % used" in told
    assert "waits for" in told
    assert "channels blocked" in told
    assert "not live" in told


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            "persons_afected: 3",
            "facts.yaml:1: There is no fact called persons_afected about an incident; did",
        ),
        ("kind: incident\npersons_affected: many", "facts.yaml:2: persons_affected cannot be 'many'"),
        ("persons_affected: 3 persons", "without a unit. [fact-type]"),
        ("persons_affected: -3", "cannot be negative. [fact-negative]"),
        ("aware_at: 2026-03-01T09:00:00", "has no offset"),
        ("aware_at: 2026-03-01", "has no offset"),
        ("cii_affected: yes", "cannot be 'yes': it is true, false or unknown"),
        ("aware_at: 2026-03-01T10:32:00+08:00", "lies in the future: it is 2026-03-01T02:30:00.000000Z"),
        (
            "reported_at: {CN-NCIRM-4-OTHER: 2026-03-02T00:00:00Z}",
            "reported_at.CN-NCIRM-4-OTHER is 2026-03-02",
        ),
        (
            f"aware_at: {AWARE}\nreported_at: {{CN-NCIRM-4-OTHER: 2026-03-01T08:00:00+08:00}}",
            "[fact-after-report]",
        ),
        ("reported_at: {CN-NCIRM-4-OTHR: 2026-03-01T08:00:00+08:00}", "did you mean CN-NCIRM-4-OTHER"),
        ("reported_at: {X: 2026-03-01T08:00:00+08:00}", "No law pack has a duty X. [fact-unknown]"),
        ("aware_at: 1026-03-01T09:30:00+08:00", "see the year"),
        ("persons_affected: {min: 5, max: 3}", "is above its max 3"),
        ("operates_cii: true", "belongs in the organisation's file"),
        ("incident: {kind: incident}\ncii_affected: true", "cii_affected stands beside incident:"),
        ("organisation: {}", "it has organisation: and no incident:"),
        ("incident: [kind]", "incident: holds a map"),
        ("- kind", "not a list or a word"),
        ("a: [", "facts.yaml:1: this is no YAML"),
        ("a: \0", "a character is not allowed"),
        ("kind: incident\nkind: incident", "stands here twice"),
        ("kind: " + "x" * 1_000_000, "more than 1000000 characters"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_its_line(ask, facts, said):
    assert said in ask(facts, code=2)


def test_a_missing_file_or_a_bare_instant_is_a_sentence(ask, tmp_path):
    for at in ("2026-03-01T09:00:00", "9999-12-31T23:59:59Z", "soon"):
        assert "[cli.usage]" in ask({}, at=at, code=2)
    absent = CliRunner().invoke(app, ["law", "assess", "--facts", str(tmp_path / "absent.yaml")])
    assert (absent.exit_code, "cannot be read" in absent.stderr) == (2, True)


def test_json_is_read_as_it_is_written_elsewhere(ask, tmp_path):
    answer = ask(
        {"cii_affected": None, "direct_loss_cny": 5e6, "persons_affected": 1.0}, {"name": "\U0001f600"}
    )
    assert answer["grade"]["at_least"] == "较大"
    (tmp_path / "twice.json").write_text('{"name": "\\ud83d\\ude00", "name": "b"}')
    twice = ["law", "assess", "--facts", str(tmp_path / "facts.yaml")]
    result = CliRunner().invoke(app, [*twice, "--organisation", str(tmp_path / "twice.json")])
    assert result.exit_code == 2


def test_settings_that_cannot_be_read_stop_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path / "broken.toml"))
    (tmp_path / "broken.toml").write_text("a = [")
    (tmp_path / "facts.yaml").write_text("kind: incident")
    result = CliRunner().invoke(
        app, ["law", "assess", "--facts", str(tmp_path / "facts.yaml"), "-o", "table"]
    )
    assert result.exit_code == 0, result.output
    assert "The law packs that come with Tocsin are read" in result.stderr
    assert "Owed" in result.stdout
