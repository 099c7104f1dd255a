from datetime import date

import pytest
from pydantic import ValidationError

from domain.pack import DutyRule, Pack
from domain.soundness import flaws

WORDS = {"zh": "甲", "en": "a"}
LAW = {"id": "law", "title": WORDS, "effective_from": "2020-01-01", "effective_until": "2021-12-31"}


def duty(name="CN-X-1", **fields):
    return {
        "id": name,
        "instrument": "law",
        "article": "1",
        "title": WORDS,
        "kind": "incident",
        "obligor": "处理者",
        "trigger": {"always": True},
        "urgency": "promptly",
        "confidence": "VERIFIED_PRIMARY",
        **fields,
    }


def pack(*duties, **fields):
    return Pack.model_validate(
        {
            "id": "p",
            "title": WORDS,
            "jurisdiction": "CN",
            "version": 1,
            "instruments": [LAW],
            "duties": duties,
            **fields,
        }
    )


def test_a_sound_pack_has_no_flaws():
    assert list(flaws(pack(duty(deadline=None)))) == []


def test_an_unknown_instrument_does_not_hide_other_flaws_nor_break_the_search():
    found = [flaw.sentence for flaw in flaws(pack(duty(instrument="lex"), duty()))]
    assert found == ["there is no instrument lex; this pack has law."]


def test_recipients_and_exemptions_may_not_name_duties_that_are_not_there():
    recipient = {"authority": "a", "zh": "甲", "en": "a", "by": "report", "when": {"duty": "CN-X-7"}}
    exemption = {
        "text": "1",
        "when": {"duty": "CN-X-8"},
        "doubt": {"duty": "CN-X-9"},
        "decided_by": WORDS,
    }
    found = " ".join(flaw.sentence for flaw in flaws(pack(duty(recipients=[recipient], exemption=exemption))))
    assert all(f"no duty CN-X-{n}" in found for n in (7, 8, 9))


def test_a_long_cycle_is_found_once_for_each_duty_in_it_and_not_for_others():
    ring = [duty(f"CN-X-{n}", trigger={"duty": f"CN-X-{n % 3 + 1}"}) for n in (1, 2, 3)]
    outside = duty("CN-X-4", trigger={"all": [{"duty": "CN-X-1"}, {"duty": "CN-X-2"}]})
    found = list(flaws(pack(*ring, outside)))
    assert [flaw.loc[1] for flaw in found] == [0, 1, 2]
    assert all("waits for itself" in flaw.sentence for flaw in found)


def test_versions_may_touch_but_not_overlap():
    touching = pack(duty(effective_until="2020-06-30"), duty(effective_from="2020-07-01"))
    assert list(flaws(touching)) == []
    assert touching.on(date(2020, 6, 30))["CN-X-1"] is touching.duties[0]
    assert touching.on(date(2020, 7, 1))["CN-X-1"] is touching.duties[1]
    assert touching.on(date(2030, 1, 1))["CN-X-1"] is touching.duties[0]
    overlapping = pack(duty(effective_until="2020-07-01"), duty(effective_from="2020-07-01"))
    assert "in force on 2020-07-01" in next(flaws(overlapping)).sentence


@pytest.mark.parametrize(
    ("fields", "live"),
    [
        ({}, True),
        ({"confidence": "VERIFIED_SECONDARY"}, True),
        ({"status": "unverified"}, False),
        ({"status": "not_in_force"}, False),
        ({"status": "voluntary"}, False),
        ({"confidence": "RECALLED", "status": "unverified"}, False),
    ],
)
def test_only_what_is_verified_and_in_force_is_live(fields, live):
    rule = DutyRule.model_validate(duty(**fields))
    assert (rule.live, rule.blocks) == (live, live)


def test_what_is_recalled_cannot_claim_to_be_in_force():
    with pytest.raises(ValidationError, match="set status: unverified"):
        DutyRule.model_validate(duty(confidence="RECALLED"))


def test_a_duty_that_follows_a_relay_alone_can_never_be_owed():
    relay = duty("CN-X-1", kind="relay")
    found = list(flaws(pack(relay, duty("CN-X-2", trigger={"duty": "CN-X-1"}))))
    assert [(flaw.loc, flaw.sentence[:22]) for flaw in found] == [
        (("duties", 1, "trigger"), "this can never be true")
    ]


def test_a_time_zone_must_be_one():
    assert "no time zone Mars/Base" in next(flaws(pack(duty(), zone="Mars/Base"))).sentence


def test_a_longer_deadline_for_some_names_duties_of_its_own_pack_and_needs_one_for_all():
    other = {"when": {"duty": "CN-X-7"}, "deadline": "P6D"}
    found = list(flaws(pack(duty(deadline="P3D", clock_start=["aware_at"], other_deadlines=[other]))))
    assert "no duty CN-X-7" in found[0].sentence
    with pytest.raises(ValidationError, match="write the one for everybody else"):
        DutyRule.model_validate(duty(other_deadlines=[other]))
    half = {"when": {"always": True}, "deadline": "PT36H"}
    timed = {"deadline": "P3D", "calendar": "business", "clock_start": ["aware_at"]}
    with pytest.raises(ValidationError, match="whole days"):
        DutyRule.model_validate(duty(**timed, other_deadlines=[half]))


def test_what_is_kept_of_a_duty_s_answers_stays_small():
    version = pack(duty()).versions_on(date(2020, 6, 1))["CN-X-1"]
    answers = [version.declined(f"Not owed, because of {n}.", ()) for n in range(40)]
    assert answers[7].reason == "Not owed, because of 7."
    assert version.declined("Not owed, because of 39.", ()) is answers[39]
    assert len(version.kept) < 20


@pytest.mark.parametrize(
    ("fields", "loc", "sentence"),
    [
        (
            {"instruments": [{**LAW, "effective_until": "2019-12-31"}]},
            ("instruments", 0, "effective_until"),
            "law ends before it begins: put effective_until after effective_from.",
        ),
        (
            {"review": {"status": "reviewed", "on": "2021-01-01"}},
            ("review",),
            "reviewed by nobody on no day: name the reviewer, and the day under on.",
        ),
        (
            {"review": {"status": "reviewed", "reviewer": "林律师"}},
            ("review",),
            "reviewed by nobody on no day: name the reviewer, and the day under on.",
        ),
        (
            {"duties": [duty(review={"status": "reviewed"})]},
            ("duties", 0, "review"),
            "reviewed by nobody on no day: name the reviewer, and the day under on.",
        ),
        (
            {"duties": [duty(urgency=None)]},
            ("duties", 0),
            (
                "CN-X-1 has neither a deadline nor an urgency: write the deadline, or, where the law gives no"
                " number, urgency: immediate or promptly."
            ),
        ),
        (
            {"duties": [duty(deadline="PT0H", clock_start=["aware_at"])]},
            ("duties", 0, "deadline"),
            "PT0H gives no time at all; write one such as PT4H.",
        ),
    ],
)
def test_what_would_lose_a_clock_or_lend_it_false_authority_is_a_flaw(fields, loc, sentence):
    assert list(flaws(pack(**{"duties": [duty()], **fields}))) == [(loc, sentence)]


def test_a_duty_that_binds_always_or_never_rings_needs_no_urgency():
    fine = [duty(urgency=None, kind="standing"), duty("CN-X-2", urgency=None, status="unverified")]
    assert list(flaws(pack(*fine, review={"status": "reviewed", "reviewer": "林", "on": "2021-01-01"}))) == []


def test_a_presumption_that_can_never_be_said_is_a_flaw():
    limb = {
        "id": "Q1",
        "title": WORDS,
        "cite": "1",
        "levels": [{"grade": "较大", "when": {"always": True}}],
        "presumption": "x",
        "presumed_when": {"all": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]},
    }
    found = list(flaws(pack(duty(), grading={"instrument": "law", "limbs": [limb]})))
    assert [flaw.loc for flaw in found] == [("grading", "limbs", 0, "presumed_when")]
