"""What a campaign's plan says before anybody is told, and the rows that can be mended."""

import csv
import hashlib
import json
import stat
from datetime import UTC, datetime

import pytest

from cli.subject import described
from domain.campaign import AudienceFrozen
from domain.fact import Fact
from domain.facts import DutyKey, NotificationPlanned, NotificationRequested
from domain.groups import Group
from domain.ids import campaign_stream
from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.port import RejectedRow
from tests.cli.test_reading import run

AT = datetime(2026, 11, 26, tzinfo=UTC)
GROUPS = (
    Group(route=("sms", "email"), language="zh-CN", prefix="+86", domain="qq.com", people=5900),
    Group(route=("sms", "email"), language="zh-CN", kind="organisation", prefix="+86", people=60),
    Group(route=("sms", "email"), language="zh-CN", kind="guardian", prefix="+86", people=40),
    Group(route=("email",), language="en", domain="", people=300),
    Group(route=(), language="zh-CN", people=7),
)
FROZEN = AudienceFrozen(
    sha256="b" * 64,
    total=6307,
    rejected=3,
    broken=2,
    unreachable=7,
    channels={"sms": 6000, "email": 300},
    groups=GROUPS,
    kinds={"individual": 6207, "organisation": 60, "guardian": 40},
    unguarded=4,
)
LIST = "姓名,邮箱\n张三,zhang@example.com\n李四,broken\n王,五,wang@example.com\n张三,zhang@example.com\n"


@pytest.fixture
def campaign(case, data_dir, tmp_path):
    """Write a campaign whose audience is counted, as its workflow would."""
    listed = tmp_path / "people.csv"
    listed.write_text(LIST)
    case.leak()
    duties = (DutyKey(duty="CN-NDSMR-11-IND", authority="individuals"),)
    asked = NotificationRequested(
        campaign=1,
        audience=str(listed),
        sha256=hashlib.sha256(listed.read_bytes()).hexdigest(),
        message="data-leak",
        duties=duties,
    )
    counted = NotificationPlanned(campaign=1, **FROZEN.model_dump())
    stream, version = case.state.stream, case.state.version
    case._write(
        [
            Fact(stream=stream, version=version + n, at=AT, actor="system:campaign", body=body)
            for n, body in enumerate((asked, counted), start=1)
        ]
    )
    memory = Memory(
        f"sqlite:///{data_dir / 'ledger.db'}", MasterKey.ensured(data_dir / "keys" / "master.key")
    )
    name = campaign_stream(case.incident, 1)
    fact = Fact(stream=name, version=1, at=AT, actor="system:campaign", body=FROZEN)
    memory.ledger.append(name, [fact.line()])
    aside = [RejectedRow(3, "bad_email"), RejectedRow(4, "ragged_row"), RejectedRow(5, "duplicate")]
    memory.deliveries.reject(name, [*aside, RejectedRow(99, "bad_phone")])
    memory.close()
    return case


def test_without_budgets_the_plan_says_that_it_cannot_tell(campaign):
    plan = json.loads(run("notify", "show", campaign.incident, 1, "-o", "json").stdout)
    assert (plan["people"], plan["seconds"], plan["cost"], plan["unpriced"]) == (6307, None, {}, 6300)
    assert plan["waterfall"] == {"sms → email": 6000, "email": 300, "nobody": 7}
    assert plan["languages"] == {"zh-CN": 6007, "en": 300}
    assert {(each["channel"], each["language"]) for each in plan["samples"]} == {
        ("sms", "zh-CN"),
        ("email", "zh-CN"),
        ("email", "en"),
    }
    said = run("notify", "show", campaign.incident, 1, "-o", "table").stdout
    assert "TOCSIN_BUDGETS has none that settles sms, email" in said
    assert "public announcement" in said
    assert "张示例" in said
    assert "UCS-2" in said


def test_each_kind_of_reader_is_counted_and_has_samples_of_its_own(campaign, monkeypatch):
    templates = {"data-leak": {"code": "SMS_1", "state": "approved", "decided": "2026-11-01"}}
    for name, value in {"KEY_ID": "k", "KEY_SECRET": "s", "SIGN_NAME": "n"}.items():
        monkeypatch.setenv(f"TOCSIN_SMS_ALIYUN__{name}", value)
    monkeypatch.setenv("TOCSIN_SMS_ALIYUN__TEMPLATES", json.dumps(templates))
    plan = json.loads(run("notify", "show", campaign.incident, 1, "-o", "json").stdout)
    assert plan["kinds"] == {"individual": 6207, "organisation": 60, "guardian": 40}
    assert (plan["unguarded"], plan["announcement_owed"]) == (4, True)
    samples = {each["kind"]: each for each in plan["samples"] if each["channel"] == "sms"}
    assert list(samples) == ["individual", "guardian", "organisation"]
    assert "您监护的未成年人" in samples["guardian"]["text"]
    assert "示例有限公司：" in samples["organisation"]["text"]
    assert plan["unrecorded"] == ["minors", "harms_organisations"]
    assert [each.partition(",")[0] for each in plan["unworded"]] == [
        "no template data-leak/zh/guardian",
        "no template data-leak/zh/organisation",
    ]
    said = " ".join(run("notify", "show", campaign.incident, 1, "-o", "table").stdout.split())
    assert "4 minors have no guardian in the list" in said
    assert "The list has organisations, and harms_organisations is not recorded as true" in said
    assert "── sms zh-CN organisation" in said
    assert "no template data-leak/zh/guardian" in said


def test_with_budgets_and_prices_it_says_how_long_how_much_and_what_would_be_quicker(campaign, monkeypatch):
    budgets = {"sms": {"per_second": 0.01, "refused": 0.01}, "email": {"per_second": 100, "each_domain": 50}}
    monkeypatch.setenv("TOCSIN_BUDGETS", json.dumps(budgets))
    prices = {"sms": {"+86": "0.045 CNY", "*": "1 CNY"}, "email": {"*": "0.001 USD"}}
    monkeypatch.setenv("TOCSIN_PRICES", json.dumps(prices))
    plan = json.loads(run("notify", "show", campaign.incident, 1, "-o", "json").stdout)
    sms = {each["kind"]: each["messages"] for each in plan["samples"] if each["channel"] == "sms"}
    assert plan["seconds"] == pytest.approx(624_000, rel=0.001)
    segments = 5900 * sms["individual"] + 60 * sms["organisation"] + 40 * sms["guardian"]
    assert float(plan["cost"]["CNY"]) == pytest.approx(segments * 0.045)
    assert plan["unpriced"] == 0
    said = run("notify", "show", campaign.incident, 1, "-o", "table").stdout
    assert "7 d 5 h after the start" in said
    assert "CNY" in said


def test_a_campaign_that_is_not_planned_has_no_plan(campaign):
    assert "no planned campaign 2" in run("notify", "show", campaign.incident, 2, code=3).stderr
    assert (
        "no planned campaign 2"
        in run("notify", "rejected", campaign.incident, 2, "--to", "x.csv", code=3).stderr
    )


def test_rows_that_were_set_aside_can_be_mended(campaign, tmp_path):
    to = tmp_path / "mend.csv"
    found = json.loads(run("notify", "rejected", campaign.incident, 1, "--to", to, "-o", "json").stdout)
    assert found == {"to": str(to), "written": 2, "repeats": 1, "missing": 1}
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    with to.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["tocsin_line", "tocsin_reason", "姓名", "邮箱"],
        ["3", "bad_email", "李四", "broken"],
        ["4", "ragged_row", "王", "五", "wang@example.com"],
    ]
    again = run("notify", "rejected", campaign.incident, 1, "--to", to, code=2)
    assert "cannot be written" in again.stderr
    said = run("notify", "rejected", campaign.incident, 1, "--to", tmp_path / "b.csv", "-o", "table").stdout
    assert "1 repeats are left out" in said
    assert "1 lines that were set aside do not stand" in said


def test_another_list_than_the_campaigns_is_refused_and_nothing_is_left(campaign, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text(LIST + "x,y\n")
    to = tmp_path / "mend.csv"
    refused = run("notify", "rejected", campaign.incident, 1, "--list", other, "--to", to, code=2)
    assert "SHA-256 differs" in refused.stderr
    assert not to.exists()


def test_who_agrees_to_a_campaign_sees_how_many_minors_have_nobody_to_answer_for_them(campaign):
    said = " ".join(described(campaign.state, "campaign/1", AT))
    assert "7 without a channel, 3 rows set aside, 4 minors without a guardian;" in said
