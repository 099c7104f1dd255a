"""The words that only the law of other jurisdictions asks for; `domain.vocabulary` holds them too."""

from domain.term import Term

_PERSONS = "persons"

ORGANISATION_ABROAD = (
    Term(
        "regulated_as",
        "list",
        "organisation",
        values=(
            "none",
            "nis2_entity",
            "trust_service_provider",
            "product_manufacturer_eu",
            "communications_provider_uk",
            "hipaa_covered_entity",
            "hipaa_business_associate",
            "sec_registrant",
            "nydfs_covered_entity",
            "banking_organisation_us",
            "nonbank_financial_us",
            "circia_covered_entity",
            "ci_operator_hk",
            "small_agent_br",
        ),
        zh="境外特别监管身份",
        note="special regimes abroad; once recorded, those left out do not bind the organisation",
    ),
)

INCIDENT_ABROAD = (
    Term(
        "acts_as_processor",
        "bool",
        zh="仅受托处理",
        note="the data are processed for another (processor, business associate); unknown is read as no",
    ),
    Term(
        "discovered_at",
        "instant",
        zh="发现或者应当发现",
        note="known or should have been known; absent = aware_at",
    ),
    Term(
        "incident_determined_at",
        "instant",
        zh="判定构成应报事件",
        note="the organisation determined that a notifiable incident occurred (US banks, NYDFS)",
    ),
    Term(
        "risk_to_rights",
        "enum",
        values=("unlikely", "risk", "high"),
        zh="对自然人权利和自由的风险",
        note="GDPR and UK GDPR, Arts 33 and 34; unlikely needs two persons",
    ),
    Term("high_risk_determined_at", "instant", zh="判定为高风险"),
    Term(
        "data_unintelligible",
        "bool",
        zh="数据已加密且密钥未泄露",
        note="encrypted, and the key was not accessed",
    ),
    Term(
        "notice_prohibited",
        "bool",
        zh="主管或者执法机关要求不得通知",
        note="law enforcement or the authority forbids telling individuals",
    ),
    Term("nis2_significant_incident", "bool", zh="重大事件（NIS2第23条）", note="NIS2 Art. 23(3)"),
    Term(
        "dora_major_incident",
        "bool",
        zh="重大ICT事件（DORA）",
        note="classified as major by the criteria of Del. Reg. (EU) 2024/1772",
    ),
    Term("dora_classified_at", "instant", zh="判定为重大ICT事件", note="absent = classified_at"),
    Term("actively_exploited", "bool", zh="漏洞正被利用", note="Cyber Resilience Act Art. 14"),
    Term("severe_product_incident", "bool", zh="影响产品安全的严重事件", note="Cyber Resilience Act Art. 14"),
    Term(
        "health_information",
        "bool",
        zh="受保护健康信息",
        note="unsecured protected health information (HIPAA)",
    ),
    Term(
        "low_probability_of_compromise",
        "bool",
        zh="受损可能性低",
        note="HIPAA's assessment of four factors shows it; needs two persons",
    ),
    Term(
        "most_residents_of_one_state",
        "int",
        unit=_PERSONS,
        zh="同一州受影响居民最多人数",
        note="residents affected in the State or jurisdiction with the most of them",
    ),
    Term("material_incident", "bool", zh="重大性（SEC）", note="material to a reasonable investor"),
    Term("materiality_determined_at", "instant", zh="判定具有重大性"),
    Term(
        "nydfs_cybersecurity_incident", "bool", zh="网络安全事件（23 NYCRR 500）", note="as 500.1 defines it"
    ),
    Term("bank_notification_incident", "bool", zh="应报事件（美国银行业）", note="12 CFR 53, 225, 304"),
    Term("circia_covered_incident", "bool", zh="受规范网络事件（CIRCIA）", note="the final rule is pending"),
    Term("certin_listed_incident", "bool", zh="CERT-In附件一所列事件", note="Annexure I of the Directions"),
    Term(
        "significant_harm",
        "bool",
        zh="可能造成重大损害",
        note="Singapore: significant harm; Canada: real risk of significant harm",
    ),
    Term("within_organisation_only", "bool", zh="仅发生在组织内部", note="Singapore"),
    Term("assessed_notifiable_at", "instant", zh="评估认定应当通知", note="Singapore: starts the three days"),
    Term("real_risk_of_harm", "bool", zh="真实损害风险", note="Hong Kong's guidance"),
    Term("core_function_disrupted", "bool", zh="核心功能受扰或者可能受扰", note="Hong Kong Cap. 653"),
    Term("entruster_notified", "bool", zh="已通知委托方", note="Japan: a processor told whom it works for"),
    Term("property_damage_risk", "bool", zh="可能造成财产损失", note="Japan"),
    Term("wrongful_purpose", "bool", zh="可能出于不正当目的", note="Japan"),
    Term(
        "unique_identifiers", "bool", zh="固有识别信息", note="Korea: sensitive or unique identification data"
    ),
    Term(
        "subjects_identified",
        "bool",
        zh="已能确定涉及的个人",
        note="Korea: false opens the notice of a possibility",
    ),
    Term("data_traded", "bool", zh="信息被非法交易", note="Korea"),
    Term(
        "data_recovered",
        "bool",
        zh="路径已查明且信息已追回或者删除",
        note="so that the risk is markedly lower (Korea); needs two persons",
    ),
    Term("breach_suspected_at", "instant", zh="怀疑发生应报泄露", note="Australia; absent = aware_at"),
    Term("serious_harm_likely", "bool", zh="可能造成严重损害", note="Australia"),
    Term("breach_believed_at", "instant", zh="有理由相信发生应报泄露", note="Australia"),
    Term("breach_determined_at", "instant", zh="认定发生泄露", note="Canada; absent = aware_at"),
    Term("relevant_risk_or_damage", "bool", zh="相关风险或者损害", note="Brazil"),
)
