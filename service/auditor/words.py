"""What the auditor says, in Chinese or English: kinds, ids, instants and counts, nothing about a person."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from domain.bulletin import Bulletin, Standing
from domain.finding import KINDS, Finding
from domain.rendering import moment

SHOWN = 40
_DOCS = "docs/auditor.md"


def subject(said: Bulletin, language: str) -> str:
    """Say in one line how many findings there are."""
    new, again, over = len(said.new), len(said.again), len(said.over)
    if language.startswith("zh"):
        parts = [(new, "项新异常"), (again, "项异常仍在"), (over, "项已恢复")]
        words = "，".join(f"{count} {what}" for count, what in parts if count)
        return f"【警钟审计】{'持续未决：' if said.escalated and not _good(said) else ''}{words}"
    parts = [(new, "new"), (again, "still there"), (over, "over")]
    words = ", ".join(f"{count} {what}" for count, what in parts if count)
    return f"Tocsin auditor: {'unresolved: ' if said.escalated and not _good(said) else ''}{words}"


def text(said: Bulletin, language: str) -> str:
    """Say everything, a line for each finding; of very many only the most urgent, and how many more."""
    zh = language.startswith("zh")
    heads = ("新发现", "仍然存在", "已恢复") if zh else ("New", "Still there", "Over")
    lines: list[str] = []
    for head, some in zip(heads, (said.new, said.again, said.over), strict=True):
        if some:
            lines += [f"{head}:" if not zh else f"{head}：", *_lines(some, language), ""]
    see = f"查看：tocsin audit；含义与处置：{_DOCS}" if zh else f"Look: tocsin audit; what to do: {_DOCS}"
    return "\n".join((*lines, see, ""))


def line(finding: Finding, language: str) -> str:
    """Say one finding."""
    zh = language.startswith("zh")
    means = KINDS[finding.kind]
    mark = "【演练】" if zh else "DRILL "
    parts = [
        f"{mark if finding.drill else ''}{means.zh if zh else means.en}",
        finding.subject,
        _due(finding.due_at, language),
        finding.detail,
    ]
    return ("；" if zh else "; ").join(part for part in parts if part) + f" [{finding.kind}]"


def counted(findings: Iterable[Finding], incidents: int, clocks: int) -> str:
    """Say a look's outcome in one short line for the heartbeat."""
    kinds = sorted(Counter(finding.kind for finding in findings).items())
    found = ", ".join(f"{kind} {count}" for kind, count in kinds)
    return f"{incidents} incidents open, {clocks} clocks; {found or 'nothing found'}"


def _lines(some: Iterable[Standing], language: str) -> list[str]:
    urgent = sorted(some, key=lambda each: (each.finding.due_at is None, each.finding.due_at or each.since))
    shown = [f"- {line(each.finding, language)}" for each in urgent[:SHOWN]]
    more = len(urgent) - SHOWN
    if more > 0:
        shown.append(f"- 另有 {more} 项" if language.startswith("zh") else f"- and {more} more")
    return shown


def _due(at: datetime | None, language: str) -> str:
    if at is None:
        return ""
    return f"截止 {moment(at, 'zh')}" if language.startswith("zh") else f"due {moment(at, 'en')}"


def _good(said: Bulletin) -> bool:
    return not (said.new or said.again)
