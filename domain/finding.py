"""What the independent auditor may find, and what each kind means, in both languages."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from domain.line import Instant
from domain.model import Value

Part = Literal["clock", "incident", "campaign", "referral"]
ENDS: Final = ("terminated", "failed", "canceled", "timed_out", "completed")


class Meaning(NamedTuple):
    """A kind of finding in one clause, Chinese and English."""

    zh: str
    en: str


class Finding(Value):
    """One thing that is not as the ledger says it must be.

    `subject` is a workflow's id, a stream or a queue, never anything about a person; `mark` tells two
    occurrences of one kind on one subject apart (a run, a hash), so that accepting one does not hide another.
    """

    kind: str
    subject: str
    detail: str = ""
    due_at: Instant | None = None
    drill: bool = False
    mark: str = ""

    @property
    def key(self) -> str:
        """The name by which a finding is known from one look to the next."""
        return " ".join(part for part in (self.kind, self.subject, self.mark) if part)


# Most of these can befall every kind of workflow; the words for each are put together once.
_PARTS: Final[Mapping[Part, Meaning]] = {
    "clock": Meaning("时钟", "the clock"),
    "incident": Meaning("事件流程", "the incident's workflow"),
    "campaign": Meaning("通知流程", "the campaign's workflow"),
    "referral": Meaning("移送流程", "the referral's workflow"),
}
_WORKFLOW: Final[Mapping[str, Meaning]] = {
    "missing": Meaning("在 Temporal 中不存在", "is not in Temporal"),
    "terminated": Meaning("被强行终止", "was terminated"),
    "failed": Meaning("已失败", "has failed"),
    "canceled": Meaning("被取消", "was canceled"),
    "timed_out": Meaning("已超时", "has timed out"),
    "completed": Meaning("在义务未了结时已结束", "has ended while it is still needed"),
    "paused": Meaning("被暂停", "is paused"),
    "activity_paused": Meaning("有活动被暂停", "has a paused activity"),
    "problems": Meaning(
        "代码反复出错（TemporalReportedProblems）", "keeps failing (TemporalReportedProblems)"
    ),
    "reset": Meaning("被重置", "was reset"),
    "stray": Meaning("在无人需要时仍在运行", "runs though nothing needs it any more"),
    "unrecorded": Meaning("在运行，但台账中没有其事实", "runs, but the ledger holds no fact of it"),
}
_CLOCK: Final[Mapping[str, Meaning]] = {
    "wrong_due": Meaning(
        "时钟的截止时刻与事件不一致", "the clock runs to another deadline than the incident's"
    ),
    "silent": Meaning("到点的提醒没有响", "an alarm that was due did not ring"),
    "unlapsed": Meaning("时限已过而未记录", "the deadline has passed and the clock did not record it"),
}
KINDS: Final[Mapping[str, Meaning]] = {
    **{
        f"{part}.{what}": Meaning(f"{who.zh}{means.zh}", f"{who.en} {means.en}")
        for part, who in _PARTS.items()
        for what, means in _WORKFLOW.items()
    },
    **{f"clock.{what}": means for what, means in _CLOCK.items()},
    "queue.unpolled": Meaning("没有工作进程在处理该队列", "no worker takes from the queue"),
    "ledger.tampered": Meaning("台账的哈希链断裂", "a chain of the ledger does not hold"),
    "ledger.cut": Meaning("台账少了曾经存在的事实", "the ledger lacks facts that it once held"),
    "ledger.unreadable": Meaning("台账中有无法读懂的事实", "the ledger holds a fact that cannot be read"),
    "ledger.unreachable": Meaning("无法读取台账", "the ledger cannot be read"),
    "temporal.unreachable": Meaning("无法连接 Temporal", "Temporal cannot be asked"),
    "engine.gone": Meaning("tocsin up 未道别就结束了", "tocsin up ended without a goodbye"),
    "auditor.fault": Meaning("审计程序自身出错", "the auditor itself is at fault"),
}
