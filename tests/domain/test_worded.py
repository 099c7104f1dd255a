import pytest
from pydantic import TypeAdapter

from domain.expression import Expression
from domain.worded import worded

READ = TypeAdapter(Expression)


@pytest.mark.parametrize(
    ("written", "en", "zh"),
    [
        ({"fact": "minors", "is": True}, "minors is true", "未成年人个人信息（minors）为是"),
        (
            {"fact": "personal_information", "in": ["leaked", "lost"]},
            "personal_information is leaked or lost",
            "个人信息泄露、篡改、丢失（personal_information）为leaked、lost",
        ),
        (
            {"fact": "persons_affected", "at_least": 7, "absent": False},
            "persons_affected is at least 7 (taken as false while not recorded)",
            "受影响人数（persons_affected）不小于 7（未记录的视为否）",
        ),
        (
            {"fact": "ransomware", "recorded": True},
            "ransomware is recorded",
            "勒索软件（ransomware）已有记录",
        ),
        ({"fact": "name", "recorded": True}, "name is recorded", "name已有记录"),
        ({"grade_at_least": "较大"}, "the grade is at least 较大", "事件级别为较大以上"),
        ({"duty": "CN-X"}, "CN-X is owed", "CN-X 应当履行"),
        ({"always": True}, "always", "一律适用"),
        (
            {"later": "aware_at", "than": "first_signal_at", "by": "PT1H"},
            "aware_at lies more than PT1H after first_signal_at",
            "aware_at 晚于 first_signal_at 超过 PT1H",
        ),
        ({"undecidable": "who"}, "for a person to say: who", "由人判断：who"),
        ({"not": {"duty": "CN-X"}}, "not: CN-X is owed", "并非：CN-X 应当履行"),
        ({"surely": {"always": True}}, "known to be true: always", "已经确知：一律适用"),
    ],
)
def test_a_part_is_said_in_one_line(written, en, zh):
    expression = READ.validate_python(written)
    assert worded(expression, "en") == [en]
    assert worded(expression, "zh") == [zh]


def test_what_belongs_together_stands_under_its_head():
    expression = READ.validate_python(
        {"all": [{"duty": "A-X"}, {"possibly": {"any": [{"duty": "A-Y"}, {"duty": "A-Z"}]}}]}
    )
    assert worded(expression, "en") == [
        "all of:",
        "  A-X is owed",
        "  not known to be false:",
        "    any of:",
        "      A-Y is owed",
        "      A-Z is owed",
    ]
