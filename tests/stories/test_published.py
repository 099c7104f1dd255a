"""Findings as they were published by others: each usable one finds its incident."""

import json
from pathlib import Path

import pytest

from tests.stories.case import Case
from tests.stories.proof import prove

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "siem"
OCSF = tuple(sorted((SAMPLES / "ocsf").glob("*.json")))
GUARDDUTY = tuple(sorted((SAMPLES / "guardduty").glob("*.json")))

SAMPLE = b'"sample": true'

pytestmark = pytest.mark.skipif(
    not (OCSF and GUARDDUTY), reason="the published samples are not beside this checkout"
)


async def became(house, source, body):
    answer = await house.post(source, body)
    return await house.became(answer["delivery"])


@pytest.mark.parametrize("file", OCSF, ids=lambda file: file.stem)
async def test_each_ocsf_finding_that_did_not_pass_opens_or_joins_one(house, file):
    events = json.loads(file.read_bytes())
    for event in events:
        found = await became(house, "siem", json.dumps(event).encode())
        if event["status_code"] == "PASS":
            assert (found["status"], found.get("code")) == ("ignored", "passed")
            assert "incidents" not in found
        else:
            assert found["status"] == "carried"
            (incident,) = found["incidents"]
            assert "AlertObserved" in Case(house, incident).types()
    whole = await became(house, "siem", file.read_bytes())
    assert whole["status"] in {"carried", "ignored"}, "all of them were known one by one"


async def test_the_same_findings_at_once_join_what_they_opened(house):
    body = OCSF[0].read_bytes()
    first = await became(house, "siem", body)
    again = await became(house, "siem", body)
    assert again["status"] == "ignored"
    assert again["code"] == "already_known"
    for incident in first.get("incidents", ()):
        await prove(Case(house, incident))


@pytest.mark.parametrize("file", GUARDDUTY, ids=lambda file: file.stem)
async def test_each_guardduty_finding_opens_one_and_an_empty_one_is_quarantined(house, file):
    body = file.read_bytes()
    found = await became(house, "aws", body)
    if json.loads(body).get("detail") == {}:
        assert (found["status"], found["code"]) == ("quarantined", "empty_finding")
        return
    if SAMPLE in body:
        assert (found["status"], found["code"]) == ("ignored", "sample")
        found = await became(house, "aws", body.replace(SAMPLE, b'"sample": false'))
    assert found["status"] == "carried"
    (incident,) = found["incidents"]
    case = Case(house, incident)
    assert (await case.state()).opened.drill
    await prove(case, "10.0.0.1", "EC2/SSHBruteForce", "GeneratedFinding")
