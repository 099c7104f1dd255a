"""A trigger in words that a lawyer reads: one line for each part, indented as the parts stand."""

from typing import Literal, assert_never

from domain.expression import (
    AllOf,
    Always,
    AnyOf,
    DutyOwed,
    Expression,
    FactTest,
    GradeAtLeast,
    Later,
    Not,
    Possibly,
    Surely,
    Undecidable,
)
from domain.vocabulary import term_of

Language = Literal["zh", "en"]

_HEADS: dict[type, dict[Language, str]] = {
    AllOf: {"zh": "同时满足：", "en": "all of:"},
    AnyOf: {"zh": "满足任一项：", "en": "any of:"},
    Not: {"zh": "并非：", "en": "not:"},
    Possibly: {"zh": "未被排除：", "en": "not known to be false:"},
    Surely: {"zh": "已经确知：", "en": "known to be true:"},
}
_YES: dict[Language, dict[bool, str]] = {
    "zh": {True: "是", False: "否"},
    "en": {True: "true", False: "false"},
}
_INDENT = "  "


def worded(expression: Expression, language: Language) -> list[str]:
    """Write an expression as lines; what belongs together is indented under its head."""
    inner = _inside(expression)
    if not inner:
        return [_leaf(expression, language)]
    head = _HEADS[type(expression)][language]
    lines = [line for part in inner for line in worded(part, language)]
    if len(lines) == 1:
        return [f"{head}{'' if language == 'zh' else ' '}{lines[0]}"]
    return [head, *(f"{_INDENT}{line}" for line in lines)]


def _inside(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case AllOf():
            return expression.all
        case AnyOf():
            return expression.any
        case Not():
            return (expression.part,)
        case Possibly():
            return (expression.possibly,)
        case Surely():
            return (expression.surely,)
        case _:
            return ()


def _leaf(expression: Expression, language: Language) -> str:  # noqa: PLR0911 -- one for each form
    zh = language == "zh"
    match expression:
        case FactTest():
            return _test(expression, language)
        case Later():
            return _later(expression, language)
        case GradeAtLeast(grade_at_least=grade):
            return f"事件级别为{grade}以上" if zh else f"the grade is at least {grade}"
        case DutyOwed(duty=duty):
            return f"{duty} 应当履行" if zh else f"{duty} is owed"
        case Always():
            return "一律适用" if zh else "always"
        case Undecidable(undecidable=sentence):
            return f"由人判断：{sentence}" if zh else f"for a person to say: {sentence}"
        case AllOf() | AnyOf() | Not() | Possibly() | Surely():  # pragma: no cover -- they have parts
            return ""
        case _ as never:
            assert_never(never)


def _later(later: Later, language: Language) -> str:
    if language == "zh":
        return f"{later.later} 晚于 {later.than} 超过 {later.by}"
    return f"{later.later} lies more than {later.by} after {later.than}"


def _test(test: FactTest, language: Language) -> str:
    zh = language == "zh"
    term = term_of(test.fact)
    name = f"{term.zh}（{test.fact}）" if zh and term is not None and term.zh else test.fact
    if test.recorded:
        said = f"{name}已有记录" if zh else f"{name} is recorded"
    elif test.at_least is not None:
        said = f"{name}不小于 {test.at_least}" if zh else f"{name} is at least {test.at_least}"
    else:
        values = [_YES[language][v] if isinstance(v, bool) else str(v) for v in test.among]
        listed = ("、" if zh else " or ").join(values)
        said = f"{name}为{listed}" if zh else f"{name} is {listed}"
    if test.absent is None:
        return said
    answer = _YES[language][test.absent]
    return f"{said}（未记录的视为{answer}）" if zh else f"{said} (taken as {answer} while not recorded)"
