"""The words an operator records and a law pack's triggers may name; what is not recorded is unknown."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from pydantic import JsonValue

from domain.term import FactInvalid, Scope, Term
from domain.vocabulary_abroad import INCIDENT_ABROAD, ORGANISATION_ABROAD

GradeName = Literal["一般", "较大", "重大", "特别重大"]
GRADES: tuple[GradeName, ...] = ("一般", "较大", "重大", "特别重大")

_PERSONS = "persons"


def _organisation(name: str, kind: Literal["text", "bool"], zh: str | None = None) -> Term:
    return Term(name, kind, "organisation", zh=zh)


_TERMS = (
    _organisation("name", "text"),
    Term("province", "text", "organisation", zh="属地", note="decides the provincial authority"),
    _organisation("operates_cii", "bool", "关键信息基础设施运营者"),
    _organisation("state_organ", "bool", "中央和国家机关各部门及其直属单位"),
    _organisation("provides_network_products", "bool", "提供网络产品、服务"),
    _organisation("offers_public_services", "bool", "面向社会提供产品、服务"),
    _organisation("handles_important_data", "bool", "重要数据的处理者"),
    Term(
        "persons_processed",
        "int",
        "organisation",
        unit=_PERSONS,
        zh="处理个人信息的人数",
        note="brings Arts 30 and 32 of the Regulation from the figure of its Art. 28 on",
    ),
    Term(
        "sectors",
        "list",
        "organisation",
        values=("banking_insurance", "industry_telecom", "central_bank", "automotive", "finance_eu", "other"),
        zh="行业",
    ),
    Term(
        "jurisdictions",
        "list",
        "organisation",
        values=("CN", "EU", "UK", "US", "SG", "HK", "JP", "KR", "AU", "CA", "IN", "BR"),
        default=["CN"],
        zh="法域",
    ),
    *ORGANISATION_ABROAD,
    Term("kind", "enum", values=("incident", "vulnerability"), default="incident", zh="事件或漏洞"),
    Term("occurred_at", "instant", zh="发生"),
    Term("first_signal_at", "instant", zh="首个线索", note="the first alert or complaint that is held"),
    Term(
        "aware_at",
        "instant",
        zh="发现或获知",
        note="defaults to first_signal_at, provisional until a person confirms or corrects it",
    ),
    Term("classified_at", "instant", zh="研判定级"),
    Term("handling_ended_at", "instant", zh="处置工作结束"),
    Term("confirmed", "bool", zh="确认", note="false = a false alarm; unknown = being examined"),
    Term(
        "personal_information",
        "enum",
        values=("none", "possible", "leaked", "tampered", "lost"),
        zh="个人信息泄露、篡改、丢失",
        many=True,
        uncertain=("possible",),
        note="one value or a list; possible = 可能发生, which the law treats alike",
    ),
    Term("persons_affected", "int", unit=_PERSONS, zh="受影响人数", note="persons, not records"),
    Term(
        "records_affected",
        "map",
        each="int",
        nothing={},
        zh="涉及条数",
        note="class of information → number of records, for the offence thresholds",
    ),
    Term("sensitive_personal_information", "bool", zh="敏感个人信息"),
    Term("minors", "bool", zh="未成年人个人信息"),
    Term("important_data", "bool", zh="重要数据泄露或者被窃取、篡改、假冒"),
    Term("core_data", "bool", zh="核心数据"),
    Term("cii_affected", "bool", zh="涉及关键信息基础设施"),
    Term("cii_outage_whole", "duration", zh="关键信息基础设施整体中断"),
    Term("cii_outage_main_function", "duration", zh="主要功能中断"),
    Term(
        "site_class",
        "enum",
        values=("province_or_central", "prefecture_or_enterprise", "other_site"),
        zh="门户网站、新闻网站、网络平台的级别",
    ),
    Term("site_outage", "duration", zh="网站不能访问"),
    Term("life_affected_persons", "int", unit=_PERSONS, zh="影响工作生活的人口"),
    Term(
        "life_affected_share",
        "map",
        keys=(
            Term("life_affected_share.province", "number", unit="share", zh="省级行政区人口比例"),
            Term("life_affected_share.prefecture", "number", unit="share", zh="地市级行政区人口比例"),
        ),
        nothing={"province": "0", "prefecture": "0"},
        zh="影响人口的比例",
        note="level (province, prefecture) → share of the population, 0 to 1",
    ),
    Term(
        "illegal_content_spread",
        "map",
        keys=(
            Term("illegal_content_spread.home_page", "duration", zh="主页"),
            Term("illegal_content_spread.other_page", "duration", zh="其他页面"),
            Term("illegal_content_spread.reposts", "int", zh="转发次数"),
            Term("illegal_content_spread.views", "int", zh="浏览、点击次数"),
            Term(
                "illegal_content_spread.determination",
                "enum",
                values=("none", "较大范围传播", "大范围传播", "特大范围传播"),
                zh="省级以上网信部门、公安机关认定",
            ),
        ),
        nothing={
            "home_page": "PT0S",
            "other_page": "PT0S",
            "reposts": 0,
            "views": 0,
            "determination": "none",
        },
        zh="违法信息传播",
    ),
    Term("direct_loss_cny", "number", unit="CNY", zh="直接经济损失"),
    Term(
        "system_loss",
        "enum",
        values=("none", "some", "considerable", "severe", "particularly_severe"),
        zh="系统损失",
    ),
    Term("grade_override", "enum", values=GRADES, zh="人工定级", note="with reasons; wins over the computed"),
    Term("harms_individuals", "bool", zh="对个人合法权益造成危害"),
    Term("harms_organisations", "bool", zh="对组织合法权益造成危害"),
    Term(
        "harm_avoided",
        "bool",
        zh="采取措施能够有效避免造成危害",
        note="with the measures; needs two persons",
    ),
    Term("crime_suspected", "bool", zh="涉嫌违法犯罪线索"),
    Term("state_security_suspected", "bool", zh="涉嫌危害国家安全", note="adds 国家安全机关 to the referral"),
    Term("illegal_access_found", "bool", zh="入侵、篡改、恶意程序"),
    Term("state_secret_suspected", "bool", zh="国家秘密已经泄露或者可能泄露", note="stops ordinary routing"),
    Term(
        "state_secret_confirmed",
        "bool",
        zh="确认涉及国家秘密",
        note="two persons; ends the reporting measure's duties (its Art. 13)",
    ),
    Term("national_security_or_public_interest", "bool", zh="涉及危害国家安全、公共利益"),
    Term("important_data_tampered", "bool", zh="重要数据被篡改、假冒"),
    Term(
        "threat_level",
        "enum",
        values=("较严重", "严重", "特别严重"),
        zh="对国家安全和社会稳定的威胁",
        note="absent with important_data true, 较严重 is presumed",
    ),
    Term("key_system", "bool", zh="重要网络和信息系统"),
    Term(
        "spread_site_class",
        "enum",
        values=("province_or_central", "very_large_platform", "prefecture", "large_platform", "other_site"),
        zh="传播违法信息的网站级别",
        note="absent = site_class",
    ),
    Term("work_secret_suspected", "bool", zh="工作秘密"),
    Term("crime_clue_at", "instant", zh="发现违法犯罪线索"),
    Term("harm_established_at", "instant", zh="确定造成危害"),
    Term("material_change_at", "instant", zh="出现新的重要情况"),
    Term("reported_at", "map", each="instant", zh="已报告", note="duty id → instant of its receipt"),
    Term("authority_ordered_notice_at", "instant", zh="部门要求通知个人", note="PIPL 57(2), last sentence"),
    Term("ransomware", "bool", zh="勒索软件"),
    Term(
        "ransom_demand",
        "map",
        keys=(
            Term("ransom_demand.amount", "number", zh="金额"),
            Term("ransom_demand.currency", "text", zh="币种"),
            Term("ransom_demand.method", "text", zh="方式"),
            Term("ransom_demand.date", "date", zh="日期"),
        ),
        zh="赎金要求",
    ),
    Term("ransom_paid_at", "instant", zh="支付赎金"),
    Term("cause_known", "bool", zh="已判定事发原因", note="false allows a first report of items 1 and 2"),
    *INCIDENT_ABROAD,
)

VOCABULARY: Mapping[str, Term] = MappingProxyType({term.name: term for term in _TERMS})


@lru_cache(maxsize=512)
def term_of(path: str) -> Term | None:
    """Find the term of a fact, or of a map's key written `map.key`; None where there is none."""
    name, dot, key = path.partition(".")
    outer = VOCABULARY.get(name)
    return outer.inner(key) if outer is not None and dot else outer


def parse(name: str, value: object, *, scope: Scope) -> JsonValue:
    """Bring a fact into the canonical form that is recorded and that the law reads.

    Instants become UTC text, figures whole numbers or decimal text, durations ISO 8601; a range that says
    one number becomes that number. `"unknown"` may be recorded of every fact.

    Raises:
        FactInvalid: for a name outside the vocabulary or a value outside its form.

    """
    term = VOCABULARY.get(name)
    if term is None or term.scope != scope:
        raise FactInvalid(name, _unknown(name, scope), "fact-unknown")
    return term.canonical(value)


def no_fact(name: str) -> str:
    """Say that a pack names a fact which does not exist, and which one may be meant."""
    near = get_close_matches(name, VOCABULARY, n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/reference/vocabulary.md lists them."
    return f"there is no fact called {name}; {hint}"


def _unknown(name: str, scope: Scope) -> str:
    known = [term.name for term in _TERMS if term.scope == scope]
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}" if near else ""
    shown = name if name.isprintable() else repr(name)
    return f"There is no fact called {shown[:60]} about an {scope}{hint}."
