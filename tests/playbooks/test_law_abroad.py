"""The law of other jurisdictions: what is owed, what is not, what cannot be told, and until when."""

from datetime import datetime

import pytest

AWARE = "2026-09-14T09:00:00+00:00"
LEAK = {"aware_at": AWARE, "confirmed": True, "personal_information": "leaked"}
POSSIBLE = {**LEAK, "confirmed": None, "personal_information": "possible"}

# jurisdiction, what the organisation is, facts, duty, status, until when
CASES = [
    # GDPR: owed while nobody has shown that a risk is unlikely.
    ("EU", {}, LEAK, "EU-GDPR-33-1", "owed", "2026-09-17T09:00:00+00:00"),
    ("EU", {}, {**LEAK, "risk_to_rights": "risk"}, "EU-GDPR-33-1", "owed", "2026-09-17T09:00:00+00:00"),
    ("EU", {}, {**LEAK, "risk_to_rights": "unlikely"}, "EU-GDPR-33-1", "not_owed", None),
    ("EU", {}, POSSIBLE, "EU-GDPR-33-1", "unknown", "2026-09-17T09:00:00+00:00"),
    ("EU", {}, {**LEAK, "personal_information": "none"}, "EU-GDPR-33-1", "not_owed", None),
    ("EU", {}, {**LEAK, "acts_as_processor": True}, "EU-GDPR-33-1", "not_owed", None),
    ("EU", {}, {**LEAK, "acts_as_processor": True}, "EU-GDPR-33-2", "owed", None),
    ("EU", {}, LEAK, "EU-GDPR-33-2", "unknown", None),
    ("EU", {}, LEAK, "EU-GDPR-34", "unknown", None),
    ("EU", {}, {**LEAK, "risk_to_rights": "high"}, "EU-GDPR-34", "owed", None),
    ("EU", {}, {**LEAK, "risk_to_rights": "risk"}, "EU-GDPR-34", "not_owed", None),
    ("EU", {}, {**LEAK, "risk_to_rights": "high", "harm_avoided": True}, "EU-GDPR-34", "not_owed", None),
    # NIS2
    ("EU", {}, LEAK, "EU-NIS2-EW", "unknown", "2026-09-15T09:00:00+00:00"),
    ("EU", {"regulated_as": ["none"]}, LEAK, "EU-NIS2-EW", "not_owed", None),
    (
        "EU",
        {"regulated_as": ["nis2_entity"]},
        {**LEAK, "nis2_significant_incident": True},
        "EU-NIS2-EW",
        "owed",
        "2026-09-15T09:00:00+00:00",
    ),
    (
        "EU",
        {"regulated_as": ["nis2_entity"]},
        {**LEAK, "nis2_significant_incident": True},
        "EU-NIS2-IN",
        "owed",
        "2026-09-17T09:00:00+00:00",
    ),
    (
        "EU",
        {"regulated_as": ["nis2_entity", "trust_service_provider"]},
        {**LEAK, "nis2_significant_incident": True},
        "EU-NIS2-IN",
        "owed",
        "2026-09-15T09:00:00+00:00",
    ),
    (
        "EU",
        {"regulated_as": ["nis2_entity"], "sectors": ["finance_eu"]},
        {**LEAK, "nis2_significant_incident": True},
        "EU-NIS2-IN",
        "not_owed",
        None,
    ),
    (
        "EU",
        {"regulated_as": ["nis2_entity"]},
        {
            **LEAK,
            "nis2_significant_incident": True,
            "reported_at": {"EU-NIS2-IN": "2026-10-31T09:00:00+01:00"},
        },
        "EU-NIS2-FR",
        "owed",
        "2026-11-30T08:00:00+00:00",
    ),
    ("EU", {"regulated_as": ["nis2_entity"]}, LEAK, "EU-NIS2-FR", "unknown", None),
    # DORA: both ends; once classified late, only the four hours remain.
    ("EU", {"sectors": ["other"]}, LEAK, "EU-DORA-INITIAL-AWARE", "not_owed", None),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        LEAK,
        "EU-DORA-INITIAL-AWARE",
        "unknown",
        "2026-09-15T09:00:00+00:00",
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {**LEAK, "dora_major_incident": True, "dora_classified_at": "2026-09-14T11:00:00+00:00"},
        "EU-DORA-INITIAL-CLASS",
        "owed",
        "2026-09-14T15:00:00+00:00",
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {**LEAK, "dora_major_incident": True, "dora_classified_at": "2026-09-14T11:00:00+00:00"},
        "EU-DORA-INITIAL-AWARE",
        "owed",
        "2026-09-15T09:00:00+00:00",
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {**LEAK, "dora_major_incident": True, "classified_at": "2026-09-15T09:00:01+00:00"},
        "EU-DORA-INITIAL-AWARE",
        "not_owed",
        None,
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {**LEAK, "dora_major_incident": True, "classified_at": "2026-09-15T09:00:01+00:00"},
        "EU-DORA-INITIAL-CLASS",
        "owed",
        "2026-09-15T13:00:01+00:00",
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {
            **LEAK,
            "dora_major_incident": True,
            "reported_at": {"EU-DORA-INITIAL-CLASS": "2026-09-14T15:00:00+00:00"},
        },
        "EU-DORA-INTERMEDIATE",
        "owed",
        "2026-09-17T15:00:00+00:00",
    ),
    (
        "EU",
        {"sectors": ["finance_eu"]},
        {**LEAK, "dora_major_incident": True},
        "EU-DORA-FINAL",
        "owed",
        None,
    ),
    # CRA applies since 2026-09-11, to a case of its own kind.
    (
        "EU",
        {"regulated_as": ["product_manufacturer_eu"]},
        {"aware_at": AWARE, "kind": "vulnerability", "actively_exploited": True},
        "EU-CRA-14-EW",
        "owed",
        "2026-09-15T09:00:00+00:00",
    ),
    (
        "EU",
        {"regulated_as": ["product_manufacturer_eu"]},
        {"aware_at": "2026-09-10T09:00:00+02:00", "kind": "vulnerability", "actively_exploited": True},
        "EU-CRA-14-EW",
        "not_owed",
        None,
    ),
    (
        "EU",
        {"regulated_as": ["product_manufacturer_eu"]},
        LEAK,
        "EU-CRA-14-EW",
        "unknown",
        "2026-09-15T09:00:00+00:00",
    ),
    # United Kingdom
    ("UK", {}, LEAK, "UK-GDPR-33", "owed", "2026-09-17T09:00:00+00:00"),
    ("UK", {}, {**LEAK, "risk_to_rights": "unlikely"}, "UK-GDPR-33", "not_owed", None),
    ("UK", {}, LEAK, "UK-GDPR-34", "unknown", None),
    (
        "UK",
        {"regulated_as": ["communications_provider_uk"]},
        LEAK,
        "UK-PECR-5A",
        "owed",
        "2026-09-17T09:00:00+00:00",
    ),
    (
        "UK",
        {"regulated_as": ["communications_provider_uk"]},
        {**LEAK, "aware_at": "2025-08-19T23:59:00+01:00"},
        "UK-PECR-5A",
        "owed",
        "2025-08-20T22:59:00+00:00",
    ),
    ("UK", {}, LEAK, "UK-PECR-5A", "unknown", "2026-09-17T09:00:00+00:00"),
    # United States
    ("US", {}, LEAK, "US-HIPAA-404", "unknown", "2026-11-13T09:00:00+00:00"),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "discovered_at": "2026-09-10T09:00:00+00:00"},
        "US-HIPAA-404",
        "owed",
        "2026-11-09T09:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "low_probability_of_compromise": True},
        "US-HIPAA-404",
        "not_owed",
        None,
    ),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "persons_affected": 500},
        "US-HIPAA-408-500",
        "owed",
        "2026-11-13T09:00:00+00:00",
    ),
    # Sixty days from New York's new year end with the first of March there.
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "persons_affected": 499},
        "US-HIPAA-408-LT500",
        "owed",
        "2027-03-02T05:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "persons_affected": 499},
        "US-HIPAA-408-500",
        "not_owed",
        None,
    ),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "most_residents_of_one_state": 500},
        "US-HIPAA-406",
        "not_owed",
        None,
    ),
    (
        "US",
        {"regulated_as": ["hipaa_covered_entity"]},
        {**LEAK, "health_information": True, "most_residents_of_one_state": 501},
        "US-HIPAA-406",
        "owed",
        "2026-11-13T09:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["hipaa_business_associate"]},
        {**LEAK, "health_information": True},
        "US-HIPAA-410",
        "owed",
        "2026-11-13T09:00:00+00:00",
    ),
    # SEC: Thanksgiving, 2026-11-26, and the weekend are no business days; winter time keeps the hour.
    (
        "US",
        {"regulated_as": ["sec_registrant"]},
        {**LEAK, "materiality_determined_at": "2026-11-24T18:00:00-05:00"},
        "US-SEC-8K-105",
        "owed",
        "2026-12-01T23:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["sec_registrant"]},
        {**LEAK, "materiality_determined_at": "2026-11-24T18:00:00-05:00", "material_incident": False},
        "US-SEC-8K-105",
        "not_owed",
        None,
    ),
    ("US", {"regulated_as": ["sec_registrant"]}, LEAK, "US-SEC-8K-105", "unknown", None),
    ("US", {"regulated_as": ["nydfs_covered_entity"]}, LEAK, "US-NYDFS-17A", "unknown", None),
    (
        "US",
        {"regulated_as": ["nydfs_covered_entity"]},
        {**LEAK, "incident_determined_at": "2026-09-14T12:00:00+00:00"},
        "US-NYDFS-17A",
        "owed",
        "2026-09-17T12:00:00+00:00",
    ),
    ("US", {"regulated_as": ["nydfs_covered_entity"]}, LEAK, "US-NYDFS-17C1", "not_owed", None),
    (
        "US",
        {"regulated_as": ["nydfs_covered_entity"]},
        {**LEAK, "ransom_paid_at": "2026-09-15T00:00:00+00:00"},
        "US-NYDFS-17C1",
        "owed",
        "2026-09-16T00:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["nydfs_covered_entity"]},
        {**LEAK, "ransom_paid_at": "2026-10-15T00:00:00+00:00"},
        "US-NYDFS-17C2",
        "owed",
        "2026-11-14T00:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["banking_organisation_us"]},
        {**LEAK, "incident_determined_at": "2026-09-14T12:00:00+00:00"},
        "US-BANK-36H",
        "owed",
        "2026-09-16T00:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["nonbank_financial_us"]},
        {**LEAK, "persons_affected": 500},
        "US-FTC-314-4J",
        "owed",
        "2026-10-14T09:00:00+00:00",
    ),
    (
        "US",
        {"regulated_as": ["nonbank_financial_us"]},
        {**LEAK, "persons_affected": 500, "data_unintelligible": True},
        "US-FTC-314-4J",
        "not_owed",
        None,
    ),
    (
        "US",
        {"regulated_as": ["nonbank_financial_us"]},
        {**LEAK, "persons_affected": 499},
        "US-FTC-314-4J",
        "not_owed",
        None,
    ),
    # Singapore: three days after the day of the assessment, on Singapore's clock.
    (
        "SG",
        {},
        {**LEAK, "persons_affected": 500, "assessed_notifiable_at": "2026-09-14T15:00:00+08:00"},
        "SG-PDPA-26D-PDPC",
        "owed",
        "2026-09-17T16:00:00+00:00",
    ),
    ("SG", {}, {**LEAK, "persons_affected": 500}, "SG-PDPA-26D-PDPC", "owed", None),
    (
        "SG",
        {},
        {**LEAK, "persons_affected": 499, "significant_harm": False},
        "SG-PDPA-26D-PDPC",
        "not_owed",
        None,
    ),
    ("SG", {}, {**LEAK, "persons_affected": 499}, "SG-PDPA-26D-PDPC", "unknown", None),
    (
        "SG",
        {},
        {**LEAK, "persons_affected": 500, "within_organisation_only": True},
        "SG-PDPA-26D-PDPC",
        "not_owed",
        None,
    ),
    ("SG", {}, {**LEAK, "significant_harm": True}, "SG-PDPA-26D-IND", "owed", None),
    (
        "SG",
        {},
        {**LEAK, "significant_harm": True, "notice_prohibited": True},
        "SG-PDPA-26D-IND",
        "not_owed",
        None,
    ),
    # Hong Kong
    ("HK", {}, LEAK, "HK-CI653-12H", "unknown", "2026-09-14T21:00:00+00:00"),
    (
        "HK",
        {"regulated_as": ["ci_operator_hk"]},
        {**LEAK, "core_function_disrupted": True},
        "HK-CI653-12H",
        "owed",
        "2026-09-14T21:00:00+00:00",
    ),
    (
        "HK",
        {"regulated_as": ["ci_operator_hk"]},
        {**LEAK, "core_function_disrupted": True},
        "HK-CI653-48H",
        "not_owed",
        None,
    ),
    (
        "HK",
        {"regulated_as": ["ci_operator_hk"]},
        {**LEAK, "core_function_disrupted": False},
        "HK-CI653-48H",
        "owed",
        "2026-09-16T09:00:00+00:00",
    ),
    (
        "HK",
        {"regulated_as": ["ci_operator_hk"]},
        {**LEAK, "aware_at": "2025-12-31T23:00:00+08:00", "core_function_disrupted": True},
        "HK-CI653-12H",
        "not_owed",
        None,
    ),
    # Japan
    ("JP", {}, {**POSSIBLE, "persons_affected": 1001}, "JP-APPI-PRELIM", "owed", "2026-09-19T09:00:00+00:00"),
    (
        "JP",
        {},
        {
            **LEAK,
            "persons_affected": 1000,
            "sensitive_personal_information": False,
            "property_damage_risk": False,
            "wrongful_purpose": False,
        },
        "JP-APPI-PRELIM",
        "not_owed",
        None,
    ),
    ("JP", {}, LEAK, "JP-APPI-PRELIM", "unknown", "2026-09-19T09:00:00+00:00"),
    (
        "JP",
        {},
        {**LEAK, "wrongful_purpose": True, "acts_as_processor": True, "entruster_notified": True},
        "JP-APPI-PRELIM",
        "not_owed",
        None,
    ),
    ("JP", {}, {**LEAK, "wrongful_purpose": True}, "JP-APPI-PRINCIPAL", "owed", None),
    # Korea
    ("KR", {}, LEAK, "KR-PIPA-34-SUBJ", "owed", "2026-09-17T09:00:00+00:00"),
    (
        "KR",
        {},
        {**LEAK, "illegal_access_found": True},
        "KR-PIPA-34-AUTH",
        "owed",
        "2026-09-17T09:00:00+00:00",
    ),
    ("KR", {}, LEAK, "KR-PIPA-34-AUTH", "unknown", "2026-09-17T09:00:00+00:00"),
    (
        "KR",
        {},
        {**LEAK, "persons_affected": 1000, "data_recovered": True},
        "KR-PIPA-34-AUTH",
        "not_owed",
        None,
    ),
    (
        "KR",
        {},
        {**POSSIBLE, "illegal_access_found": True, "subjects_identified": False},
        "KR-PIPA-39-2",
        "owed",
        "2026-09-17T09:00:00+00:00",
    ),
    # Australia, Canada, India
    ("AU", {}, POSSIBLE, "AU-NDB-ASSESS", "owed", "2026-10-14T09:00:00+00:00"),
    ("AU", {}, {**LEAK, "serious_harm_likely": False}, "AU-NDB-ASSESS", "not_owed", None),
    ("AU", {}, LEAK, "AU-NDB-NOTIFY", "unknown", None),
    ("AU", {}, {**LEAK, "serious_harm_likely": True}, "AU-NDB-NOTIFY", "owed", None),
    (
        "AU",
        {},
        {**LEAK, "serious_harm_likely": True, "harm_avoided": True},
        "AU-NDB-NOTIFY",
        "not_owed",
        None,
    ),
    ("CA", {}, {**LEAK, "significant_harm": True}, "CA-PIPEDA-101", "owed", None),
    ("CA", {}, {**LEAK, "significant_harm": False}, "CA-PIPEDA-101", "not_owed", None),
    ("CA", {}, LEAK, "CA-PIPEDA-101", "unknown", None),
    ("IN", {}, LEAK, "IN-CERTIN-6H", "unknown", "2026-09-14T15:00:00+00:00"),
    ("IN", {}, {**LEAK, "certin_listed_incident": True}, "IN-CERTIN-6H", "owed", "2026-09-14T15:00:00+00:00"),
    ("IN", {}, {**LEAK, "certin_listed_incident": False}, "IN-CERTIN-6H", "not_owed", None),
    ("IN", {}, LEAK, "IN-DPDP-72H", "owed", "2026-09-17T09:00:00+00:00"),
    # Brazil: the Monday of 2026-09-07 is a holiday; a small agent has twice the days.
    (
        "BR",
        {},
        {**LEAK, "aware_at": "2026-09-04T10:00:00-03:00", "relevant_risk_or_damage": True},
        "BR-LGPD-ANPD",
        "owed",
        "2026-09-10T13:00:00+00:00",
    ),
    (
        "BR",
        {"regulated_as": ["small_agent_br"]},
        {**LEAK, "aware_at": "2026-09-04T10:00:00-03:00", "relevant_risk_or_damage": True},
        "BR-LGPD-SUBJ",
        "owed",
        "2026-09-15T13:00:00+00:00",
    ),
    ("BR", {}, LEAK, "BR-LGPD-ANPD", "unknown", "2026-09-17T09:00:00+00:00"),
    ("BR", {}, {**LEAK, "relevant_risk_or_damage": False}, "BR-LGPD-SUBJ", "not_owed", None),
]


@pytest.mark.parametrize(("where", "org", "facts", "duty", "status", "until"), CASES)
def test_each_jurisdiction_answers(ask, where, org, facts, duty, status, until):
    profile = {"sectors": ["other"], **org, "jurisdictions": [where]}
    found = ask(at="2026-09-14T10:00:00+00:00", org=profile, **facts)
    assert {answer.id[:2] for answer in found.duties} == {where}
    answer = found.duty(duty)
    assert answer.status == status, answer.reason
    end = answer.due_at if status == "owed" else answer.provisional_due_at
    assert end == (None if until is None else datetime.fromisoformat(until))


def test_every_duty_abroad_has_a_case(packs):
    asked = {duty for _, _, _, duty, _, _ in CASES}
    abroad = {rule.id for pack in packs if pack.jurisdiction != "CN" for rule in pack.duties if rule.live}
    assert abroad == asked


@pytest.mark.parametrize(
    ("where", "duty", "facts"),
    [
        ("KR", "KR-PIPA-34-SUBJ", {**LEAK, "aware_at": "2026-09-10T09:00:00+09:00"}),
        (
            "KR",
            "KR-PIPA-34-AUTH",
            {**LEAK, "aware_at": "2026-09-10T09:00:00+09:00", "persons_affected": 1000},
        ),
    ],
)
def test_what_is_not_read_is_shown_and_never_rings(ask, where, duty, facts):
    answer = ask(at="2026-09-14T10:00:00+00:00", org={"jurisdictions": [where]}, **facts).duty(duty)
    assert (answer.status, answer.live, answer.blocking, answer.due_at) == ("owed", False, False, None)


@pytest.mark.parametrize(
    ("where", "duty", "facts", "reason"),
    [
        (
            "HK",
            "HK-PDPO-VOL",
            {"real_risk_of_harm": True},
            "Not owed: this is asked for, but voluntary.",
        ),
        ("US", "US-CIRCIA-INC", {"circia_covered_incident": True}, "Not owed: this is not in force."),
        ("US", "US-CIRCIA-RANSOM", {"ransom_paid_at": AWARE}, "Not owed: this is not in force."),
    ],
)
def test_what_is_voluntary_or_not_in_force_is_never_owed(ask, where, duty, facts, reason):
    org = {"jurisdictions": [where], "regulated_as": ["circia_covered_entity"]}
    answer = ask(at="2026-09-14T10:00:00+00:00", org=org, **LEAK, **facts).duty(duty)
    assert (answer.status, answer.reason, answer.live, answer.due_at) == ("not_owed", reason, False, None)


def test_a_chinese_company_s_answer_is_the_same_whatever_is_known_abroad(ask):
    facts = {**LEAK, "persons_affected": 1_204_331, "cii_affected": False}
    abroad = {"risk_to_rights": "high", "dora_major_incident": True, "material_incident": True}
    assert ask(**facts) == ask(**facts, **abroad)
    both = ask(org={"jurisdictions": ["CN", "EU"]}, **facts, **abroad)
    assert both.grade == ask(**facts).grade
    assert [duty for duty in both.duties if duty.id.startswith("CN-")] == list(ask(**facts).duties)


def test_a_secret_at_home_blocks_the_channels_abroad_too(ask):
    found = ask(org={"jurisdictions": ["CN", "EU"]}, **LEAK, state_secret_suspected=True)
    assert found.duty("EU-GDPR-33-1").channel_blocked


def test_days_beyond_the_published_calendar_are_counted_with_a_caution(ask):
    org = {"sectors": ["banking_insurance"]}
    facts = {**LEAK, "aware_at": "2026-12-28T09:00:00+08:00"}
    within = ask(org=org, **facts, handling_ended_at="2026-12-23T10:00:00+08:00").duty("CN-NFRA-FINAL")
    assert within.caution is None
    beyond = ask(org=org, **facts, handling_ended_at="2026-12-28T10:00:00+08:00").duty("CN-NFRA-FINAL")
    assert beyond.due_at == datetime.fromisoformat("2027-01-04T10:00:00+08:00")
    assert beyond.caution.startswith("Working days after 2026-12-31 are counted Monday to Friday")
