"""What the adapters make of bodies: ours, broken ones, and the published samples."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.adapters import ADAPTERS, CARRIERS
from intake.adapters.finding import Finding, Ignored, Malformed
from intake.adapters.look import instant, text
from intake.body import Unreadable, read

SHARED = Path(__file__).resolve().parents[3] / "shared"
MAKER = SHARED / "tools" / "make_bad_payloads.py"
SAMPLES = SHARED / "samples" / "siem"

ocsf = ADAPTERS["ocsf"]
guardduty = ADAPTERS["guardduty"]
eventbridge = CARRIERS["eventbridge"]

needs_samples = pytest.mark.skipif(
    not SAMPLES.exists(), reason="the published samples are not beside this checkout"
)


def duty(**more):
    return {
        "id": "8eb5",
        "arn": "arn:aws:guardduty:eu-west-1:1:detector/d/finding/8eb5",
        "type": "Exfiltration:S3/AnomalousBehavior",
        "severity": 8,
        "title": "Somebody reads everything",
        "createdAt": "2026-11-23T01:00:00.000Z",
        "updatedAt": "2026-11-23T02:00:00.5Z",
        "resource": {"s3BucketDetails": [{"arn": "arn:aws:s3:::customers"}]},
        "service": {"eventFirstSeen": "2026-11-23T00:30:00Z", "archived": False, "additionalInfo": {}},
    } | more


def only(items):
    (item,) = items
    return item


def test_an_ocsf_finding_is_read(make_finding):
    found = only(ocsf(make_finding()))
    at = datetime.fromtimestamp(1_795_400_000, UTC)
    assert found == Finding(
        external_id="f-1",
        content=found.content,
        severity=4,
        severity_raw="4",
        category="detection",
        rule="rule-7",
        asset="host-1",
        title="Zhang San's laptop exports customers",
        observed_at=at,
        updated_at=at,
    )


def test_a_finding_does_not_show_its_names(make_finding):
    shown = repr(only(ocsf(make_finding())))
    for name in ("Zhang", "host-1", "f-1", "rule-7"):
        assert name not in shown


def test_a_data_security_finding_is_read(make_finding):
    found = only(ocsf(make_finding(class_uid=2006, databucket={"uid": "b"}, resources=[])))
    assert (found.category, found.asset) == ("data_security", "b")


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({"severity_id": 1}, 1),
        ({"severity_id": 2}, 2),
        ({"severity_id": 3}, 3),
        ({"severity_id": 4}, 4),
        ({"severity_id": 5}, 5),
        ({"severity_id": 6}, 5),
        ({"severity_id": "5"}, 5),
        ({"severity_id": 0}, 3),
        ({"severity_id": 99, "severity": "Fatal"}, 5),
        ({"severity_id": 0, "severity": "low"}, 2),
        ({"severity_id": 42, "severity": "catastrophic"}, 3),
        ({"severity_id": None}, 3),
        ({"severity_id": []}, 3),
        ({"severity_id": True}, 3),
    ],
)
def test_ocsf_severities(make_finding, more, level):
    assert only(ocsf(make_finding(**more))).severity == level


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"status_code": "PASS"}, "passed"),
        ({"status_code": "pass"}, "passed"),
        ({"status_id": 4}, "resolved"),
        ({"status_id": 3}, "suppressed"),
        ({"status_id": 99, "status": "Resolved"}, "resolved"),
        ({"activity_id": 3}, "resolved"),
    ],
)
def test_what_is_over_asks_for_nothing(make_finding, more, code):
    assert only(ocsf(make_finding(**more))) == Ignored(code)


@pytest.mark.parametrize(
    "uid", [None, "", " ", "None", "null", "N/A", "<finding_uid>", "{{id}}", [], {}, True]
)
def test_no_id_falls_back_to_the_content_and_never_to_a_word_for_nothing(make_finding, uid):
    one, other = (make_finding(uid), make_finding(uid, severity_id=2))
    first, same, second = (only(ocsf(event)) for event in (one, dict(reversed(one.items())), other))
    assert (first.external_id, second.external_id) == ("", "")
    assert first.content == same.content != second.content


def test_ids_of_numbers_are_texts(make_finding):
    assert only(ocsf(make_finding(12345678901234567890))).external_id == "12345678901234567890"


def test_composed_and_decomposed_ids_are_one(make_finding):
    assert (
        only(ocsf(make_finding("Cafe\u0301"))).external_id
        == only(ocsf(make_finding("Caf\u00e9"))).external_id
    )


def test_a_list_is_read_one_by_one(make_finding):
    items = ocsf(
        [make_finding(), 1, {}, {"class_uid": 1001}, make_finding(status_code="PASS"), {"class_uid": 2004}]
    )
    assert [type(item) for item in items] == [Finding, Malformed, Malformed, Malformed, Ignored, Malformed]
    assert [item.code for item in items[1:]] == [
        "not_a_finding",
        "empty_finding",
        "unsupported_class",
        "passed",
        "empty_finding",
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "not_a_finding"),
        (1, "not_a_finding"),
        ("x", "not_a_finding"),
        ([], "empty"),
        ({}, "empty_finding"),
        ({"class_uid": 2004}, "empty_finding"),
        ({"class_uid": 2004, "finding_info": []}, "empty_finding"),
        ({"class_uid": 3001, "finding_info": {"uid": "1"}}, "unsupported_class"),
        ({"class_uid": "x"}, "unsupported_class"),
        ({"id": 1}, "unsupported_class"),
    ],
)
def test_an_ocsf_body_that_is_none_says_why(body, code):
    with pytest.raises(Unreadable) as told:
        ocsf(body)
    assert told.value.code == code


def test_a_guardduty_finding_is_read_bare_and_in_its_envelope():
    event = {"version": "0", "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": duty()}
    bare, wrapped = (only(guardduty(eventbridge(body))) for body in (duty(), event))
    assert bare == wrapped
    assert (bare.external_id, bare.severity, bare.category) == ("8eb5", 4, "exfiltration")
    assert bare.asset == "arn:aws:s3:::customers"
    assert bare.observed_at == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    assert bare.updated_at == datetime(2026, 11, 23, 2, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (0.1, 2),
        (3.9, 2),
        (4, 3),
        (6.9, 3),
        (7.0, 4),
        (8.9, 4),
        (9, 5),
        (10, 5),
        ("8", 4),
        (0, 3),
        (-1, 3),
        (None, 3),
        ("high", 3),
        ({}, 3),
    ],
)
def test_guardduty_severities(score, level):
    assert only(guardduty(duty(severity=score))).severity == level


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ({"additionalInfo": {"sample": True}}, "sample"),
        ({"additionalInfo": {"type": "default", "value": '{"sample":true}'}}, "sample"),
        ({"archived": True}, "archived"),
    ],
)
def test_guardduty_samples_and_archived_ones_ask_for_nothing(service, code):
    assert only(guardduty(duty(service=service))) == Ignored(code)


@pytest.mark.parametrize("value", ["", "{", "[" * 100_000, '{"sample":false}', "null", 5, None, []])
def test_text_that_only_looks_like_a_sample_is_none(value):
    assert isinstance(only(guardduty(duty(service={"additionalInfo": {"value": value}}))), Finding)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "empty_finding"),
        ([], "not_a_finding"),
        ([duty()], "not_a_finding"),
        (None, "not_a_finding"),
        ({"id": "1"}, "unsupported_format"),
        ({"type": None, "id": "1"}, "unsupported_format"),
    ],
)
def test_a_guardduty_body_that_is_none_says_why(body, code):
    with pytest.raises(Unreadable) as told:
        guardduty(body)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2019-10-15T19:07:57.741+0000", "2019-10-15T19:07:57.741000+00:00"),
        ("2022-06-02T09:52:00.5643443Z", "2022-06-02T09:52:00.564344+00:00"),
        ("2022-03-21T16:20:59", "2022-03-21T16:20:59+00:00"),
        ("2025-02-25 20:40:06.000000000", "2025-02-25T20:40:06+00:00"),
        ("2026-11-23T08:00:00+08:00", "2026-11-23T00:00:00+00:00"),
        ("1483557272", "2017-01-04T19:14:32+00:00"),
        (1682347463218, "2023-04-24T14:44:23.218000+00:00"),
        (1513612691.551, "2017-12-18T15:58:11.551000+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        (133355377959700000, None),
        (1507591916746609046, None),
        ("Mon Jan 01 00:00:00 UTC 1970", None),
        ("none", None),
        ("", None),
        (None, None),
        ("2016-12-31T23:59:60Z", None),
        ("2026-02-30T00:00:00Z", None),
        (-1, None),
        (0, None),
        (True, None),
        ({}, None),
    ],
)
def test_times_as_they_come(written, iso):
    read_time = instant({"time": written}, "time")
    assert (read_time.isoformat() if read_time else None) == iso


def test_texts_are_made_fit_to_be_kept():
    assert text({"a": " x\x00y\x1b "}, "a") == "x y"
    assert len(text({"a": "x" * 5000}, "a")) == 1024
    assert text({"a": ["x"]}, "a") == ""
    assert text({"a": ["x"]}, "a", 0) == "x"
    assert text({"a": []}, "a", 0) == ""


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text() | st.sampled_from([*duty(), "finding_info", "uid"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(plain, st.sampled_from(["id", "type", "severity", "service", "resource", "createdAt", "updatedAt"]))
def test_no_json_whatever_makes_an_adapter_fall_over(value, spoilt):
    for adapter, body in (
        (ocsf, value),
        (ocsf, [value]),
        (guardduty, value),
        (guardduty, eventbridge(value)),
        (guardduty, duty(**{spoilt: value})),
        (
            ocsf,
            {
                "class_uid": 2004,
                "finding_info": value,
                "severity_id": value,
                "time": value,
                "resources": value,
            },
        ),
    ):
        try:
            items = adapter(body)
        except Unreadable:
            continue
        assert all(isinstance(item, Finding | Ignored | Malformed) for item in items)


@pytest.mark.skipif(not MAKER.exists(), reason="the maker of bad payloads is not beside this checkout")
def test_the_made_payloads_are_set_aside_by_every_adapter(tmp_path):
    subprocess.run([sys.executable, MAKER, tmp_path], check=True)
    for name in sorted(tmp_path.iterdir()):
        for adapter in ADAPTERS.values():
            try:
                items = adapter(eventbridge(read(name.read_bytes())))
            except Unreadable:
                continue
            assert not [item for item in items if isinstance(item, Finding)], name


@needs_samples
def test_the_published_ocsf_samples():
    codes = {}
    for name in sorted((SAMPLES / "ocsf").glob("*.json")):
        for event, item in zip(json.loads(name.read_text()), ocsf(read(name.read_bytes())), strict=True):
            expected = Ignored if event["status_code"] == "PASS" else Finding
            assert isinstance(item, expected), name
            codes[type(item)] = codes.get(type(item), 0) + 1
            if isinstance(item, Finding):
                assert not item.external_id.startswith("<")
                assert item.observed_at.year == 2025
    assert codes == {Finding: 12, Ignored: 3}


@needs_samples
def test_the_published_guardduty_samples():
    folder = SAMPLES / "guardduty"
    sample = eventbridge(read((folder / "01_eventbridge_sshbruteforce.json").read_bytes()))
    assert only(guardduty(sample)) == Ignored("sample")
    with pytest.raises(Unreadable, match="empty_finding"):
        guardduty(eventbridge(read((folder / "02_eventbridge_empty_detail.json").read_bytes())))
    high = only(
        guardduty(eventbridge(read((folder / "20_panther_high_sev_null_evidence.json").read_bytes())))
    )
    assert (high.severity, high.category, high.external_id) == (
        4,
        "privilege_escalation",
        "eeb88ab56556eb7771b266670dddee5a",
    )
