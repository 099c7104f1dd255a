"""What an alarm says: the subject alone is enough for a text message, the text says what to do."""

from typing import TYPE_CHECKING, Final

from domain.clock import WHOLE
from domain.letter import Letter
from domain.rendering import moment

if TYPE_CHECKING:
    from activities.alarm import Alarm

_BY_ZH: Final = {
    "email": "电子邮件",
    "portal": "报送平台",
    "hotline": "热线电话",
    "fax": "传真",
    "mini_program": "小程序",
    "in_person": "当面",
}
_DO: Final = {
    "report": "tocsin report draft {incident} {key}",
    "notify": "tocsin notify plan {incident} AUDIENCE.csv",
    "referral": "tocsin refer draft {incident} {key}",
    "plan": "tocsin activate {incident}",
    "record": "tocsin duty settle {incident} {key} --number …",
}


def words(alarm: "Alarm", language: str) -> Letter:
    """Say what is due, what has left for it already, what to do, and how to answer for the alarm."""
    chinese = language.startswith("zh")
    subject, todo = (_zh if chinese else _en)(alarm)
    look = f"tocsin incident show {alarm.incident}"
    lines = [subject, *todo, f"查看：{look}" if chinese else f"Look: {look}"]
    if alarm.number:
        answer = f"tocsin clock ack {alarm.incident} {alarm.key} --alarm {alarm.number}"
        lines.append(f"确认收到：{answer}" if chinese else f"Acknowledge: {answer}")
    return Letter(subject, ("\n\n".join(lines) + "\n",))


def _zh(alarm: "Alarm") -> tuple[str, list[str]]:
    due = moment(alarm.due_at, "zh")
    state = f"已逾期（第 {alarm.overdue} 次提醒）" if alarm.overdue else f"时限已用 {alarm.percent}%"
    if alarm.provisional and alarm.percent < WHOLE:
        state = "仍未研判，请先行报告"
    kind = "法定时限" if alarm.legal else "内部目标"
    todo = []
    if alarm.filed:
        sent = f"已于 {moment(alarm.filed.at, 'zh')} 经{_BY_ZH[alarm.filed.channel]}报送"
        state += f"，{sent}、尚无回执"
        todo.append(f"{sent}（{alarm.filed.reference}）。报送不等于完成：请催要回执，然后 {_receipt(alarm)}")
    elif alarm.provisional:
        todo.append(_provisional(alarm, "zh"))
    if alarm.climbed:
        todo.append("前一级人员无人确认，现升级通知您。")
    return f"【警钟】{alarm.incident}「{alarm.title}」{state}，{kind} {due}", todo


def _en(alarm: "Alarm") -> tuple[str, list[str]]:
    due = moment(alarm.due_at, "en")
    state = (
        f"overdue (reminder {alarm.overdue})" if alarm.overdue else f"{alarm.percent} % of the time is used"
    )
    if alarm.provisional and alarm.percent < WHOLE:
        state = "still undecided, report provisionally"
    kind = "the law's deadline" if alarm.legal else "our own target"
    todo = []
    if alarm.filed:
        sent = f"filed at {moment(alarm.filed.at, 'en')} by {alarm.filed.channel.replace('_', ' ')}"
        state += f"; {sent}, receipt outstanding"
        what = sent[:1].upper() + sent[1:]
        todo.append(
            f"{what} ({alarm.filed.reference}), but sending is not filing: ask for the receipt, "
            f"then {_receipt(alarm)}"
        )
    elif alarm.provisional:
        todo.append(_provisional(alarm, "en"))
    if alarm.climbed:
        todo.append("Nobody before you acknowledged it, so it comes to you.")
    return f"Tocsin: {alarm.incident}, {alarm.title}: {state}; {kind} is {due}", todo


def _provisional(alarm: "Alarm", language: str) -> str:
    command = _DO[alarm.by].format(incident=alarm.incident, key=alarm.key)
    triage = f"tocsin triage {alarm.incident} --confirmed"
    if alarm.key.startswith("GRADING/"):
        command = f"tocsin report draft {alarm.incident}"
        if language == "zh":
            return (
                "是否属于事件、属于何级仍无人决定：先按事件确认并先行报告，日后可补报更正："
                f"{triage}，再 {command}"
            )
        return (
            "Nobody has decided yet whether this is an incident or how grave: confirm it and report what is "
            f"known, which may be corrected later: {triage}, then {command}"
        )
    if language == "zh":
        return f"此项义务是否成立尚不能判断：先按成立处理、先行报告，日后可补报更正：{command}"
    return (
        "Whether this is owed cannot be told yet: report what is known as if it were, which may be corrected "
        f"later: {command}"
    )


def _receipt(alarm: "Alarm") -> str:
    shelf, _, number = alarm.filed.reference.partition("/") if alarm.filed else ("report", "", "1")
    return (
        f"tocsin {'refer' if shelf == 'referral' else 'report'} receipt {alarm.incident} {number} --number …"
    )
