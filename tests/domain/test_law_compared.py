from datetime import UTC, datetime, timedelta

from domain.assessment import assess
from domain.law_change import changes
from domain.law_effect import effect
from domain.lawbook import entries, row, versions, whole
from domain.organisation import Organisation
from domain.pack import Pack
from domain.published import published

NOW = datetime(2026, 3, 1, 2, tzinfo=UTC)
REPORT = {
    "id": "CN-A-REPORT",
    "instrument": "a",
    "article": "1",
    "title": {"zh": "报告", "en": "Report"},
    "kind": "incident",
    "obligor": "所有人",
    "trigger": {"fact": "minors", "is": True},
    "clock_start": ["aware_at"],
    "deadline": "PT4H",
    "recipients": [{"authority": "one", "zh": "甲", "en": "one", "by": "report"}],
    "confidence": "VERIFIED_PRIMARY",
}
FACTS = {"minors": True, "aware_at": "2026-03-01T00:00:00.000000Z"}


def pack(*duties, **fields):
    first = {"id": "a", "title": {"zh": "甲法", "en": "A"}, "effective_from": "2025-01-01"}
    base = {"id": "cn-a", "title": {"zh": "甲法", "en": "A"}, "jurisdiction": "CN", "version": 1}
    return Pack.model_validate({**base, "instruments": [first], "duties": duties, **fields})


def rule(**fields):
    return {**REPORT, **fields}


def found(old, new):
    return {(c.what, c.id, c.how): {f.field: (f.old, f.new) for f in c.fields} for c in changes([old], [new])}


def test_each_field_that_says_something_else_is_named():
    old, new = pack(rule()), pack(rule(deadline="PT3H"))
    assert found(old, new) == {("duty", "CN-A-REPORT", "changed"): {"deadline": ("PT4H", "PT3H")}}
    assert changes([old], [old]) == []
    secret = {
        "text": "第二条",
        "when": {"fact": "ransomware", "is": True},
        "doubt": {"fact": "ransomware", "recorded": True},
        "decided_by": {"zh": "两人", "en": "two"},
    }
    to = {"authority": "one", "zh": "甲", "en": "one", "by": "report", "when": {"always": True}}
    [fields] = found(old, pack(rule(exemption=secret, recipients=[to]))).values()
    assert fields["recipient one"] == ("甲, by report", "甲, by report, when always")
    assert "in doubt: ransomware is recorded" in fields["exemption"][1]
    del secret["doubt"]
    [fields] = found(old, pack(rule(exemption=secret))).values()
    assert "in doubt" not in fields["exemption"][1]


def test_what_comes_and_goes_is_named_with_versions_notes_forms_and_limbs():
    second = {"id": "b", "title": {"zh": "乙法", "en": "B"}, "effective_from": "2026-01-01"}
    first = {"id": "a", "title": {"zh": "甲法", "en": "A"}, "effective_until": "2025-12-31"}
    grading = {
        "instrument": "b",
        "limbs": [
            {
                "id": "Q1",
                "title": {"zh": "项", "en": "limb"},
                "cite": "1",
                "levels": [{"grade": "较大", "when": {"always": True}}],
                "presumption": "a guess",
                "presumed_when": {"fact": "minors", "is": True},
            },
            {
                "id": "Q2",
                "title": {"zh": "项", "en": "limb"},
                "cite": "2",
                "levels": [{"grade": "较大", "when": {"always": True}}],
            },
        ],
        "notes": ["how it is read"],
    }
    form = {
        "id": "FL-A",
        "title": {"zh": "表", "en": "form"},
        "items": [{"id": "1", "zh": "一", "en": "one"}],
    }
    new = pack(
        rule(),
        rule(instrument="b", article="2"),
        instruments=[first, second],
        grading=grading,
        forms=[form],
        notes=["a note"],
        blocks_channels={"fact": "ransomware", "is": True},
    )
    kinds = set(found(pack(), new))
    assert ("duty", "CN-A-REPORT", "added") in kinds  # the first version has no first day
    assert ("duty", "CN-A-REPORT of 2026-01-01", "added") in kinds
    assert {("note", "a note", "added"), ("note", "how it is read", "added")} <= kinds
    assert {("limb", "Q1", "added"), ("form", "FL-A", "added"), ("instrument", "b", "added")} <= kinds
    assert found(pack(), new)["pack", "cn-a", "changed"]["blocks_channels"][1] == "ransomware is true"
    assert found(pack(), new)["limb", "Q1", "added"]["presumed when"][1] == "minors is true"
    assert "presumed when" not in found(pack(), new)["limb", "Q2", "added"]
    assert ("duty", "CN-A-REPORT", "removed") in found(new, pack())


def test_the_book_is_looked_into_by_day():
    first = {"id": "a", "title": {"zh": "甲法", "en": "A"}, "effective_until": "2025-12-31"}
    second = {"id": "b", "title": {"zh": "乙法", "en": "B"}, "effective_from": "2026-01-01"}
    law = pack(rule(instrument="b", article="2"), rule(), instruments=[first, second])
    [entry] = entries([law], NOW)
    assert (entry.rule.article, entry.live) == ("2", True)
    assert (row(entry)["effective_from"], row(entry)["effective_until"]) == ("2026-01-01", None)
    then = versions([law], "CN-A-REPORT", NOW)
    assert [(each.rule.article, each.live) for each in then] == [("1", False), ("2", True)]
    assert whole(entry)["trigger_words"] == {
        "zh": ["未成年人个人信息（minors）为是"],
        "en": ["minors is true"],
    }
    assert versions([law], "CN-B", NOW) == []


def asked(law, facts=FACTS):
    return assess((law,), Organisation(), facts, NOW)


def test_what_another_reading_changes_for_an_incident_is_said():
    old = asked(pack(rule(), rule(id="CN-A-SAME")))

    def how(*duties, facts=FACTS):
        said = effect(old, asked(pack(*duties, rule(id="CN-A-SAME")), facts))
        return [(duty.how, duty.duty) for duty in said.duties]

    assert how(rule()) == []
    assert effect(old, old).nothing
    assert how(rule(deadline="PT3H")) == [("moves", "CN-A-REPORT")]
    assert how() == [("ends", "CN-A-REPORT")]
    assert how(rule(), rule(id="CN-A-NEW")) == [("opens", "CN-A-NEW")]
    assert how(rule(), rule(id="CN-A-NEW", trigger={"fact": "core_data", "is": True})) == [
        ("changes", "CN-A-NEW")
    ]
    other = {"authority": "two", "zh": "乙", "en": "two", "by": "report"}
    assert how(rule(recipients=[other])) == [("changes", "CN-A-REPORT")]
    gone = effect(old, asked(pack(rule(id="CN-A-SAME"))))
    assert gone.duties[0].reason == "No law pack has this duty any more."
    assert (gone.count("ends"), gone.count("opens")) == (1, 0)


def test_the_public_form_has_every_key_and_no_float_but_the_share():
    answer = published(asked(pack(rule(), rule(id="CN-A-NEVER", deadline=None, clock_start=[]))), NOW)
    report, never = answer["duties"]
    assert set(report) == set(never)
    assert (report["used"], report["due_at"]) == (0.5, "2026-03-01T04:00:00.000000Z")
    assert (never["used"], never["due_at"]) == (None, None)
    assert answer["earliest_provisional"] is None
    law = pack(rule(deadline="PT1H"))
    waiting = published(asked(law, {"aware_at": FACTS["aware_at"]}), NOW + timedelta(minutes=1))
    assert waiting["earliest_provisional"] == "2026-03-01T01:00:00.000000Z"
