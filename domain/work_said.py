"""Filings, notices and evidence in words, as papers print them."""

from collections.abc import Mapping

from domain.facts import Stage
from domain.line import Instant
from domain.material import EvidenceLine, NoticeLine, ReportLine
from domain.playbook import Words
from domain.rendering import moment

STAGES: Mapping[str, Words] = {
    "initial": Words(zh="初次报告", en="initial report"),
    "supplement": Words(zh="补报", en="supplement"),
    "update": Words(zh="续报", en="update"),
    "final": Words(zh="总结报告", en="final report"),
    "referral": Words(zh="报案", en="referral"),
}
CHANNELS: Mapping[str, Words] = {
    "email": Words(zh="电子邮件", en="e-mail"),
    "portal": Words(zh="网站", en="portal"),
    "hotline": Words(zh="热线电话", en="hotline"),
    "fax": Words(zh="传真", en="fax"),
    "mini_program": Words(zh="小程序", en="mini program"),
    "in_person": Words(zh="当面", en="in person"),
}
_COUNTS: Mapping[str, Words] = {
    "due": Words(zh="待发送", en="due"),
    "sending": Words(zh="发送中", en="being sent"),
    "unknown": Words(zh="结果不明", en="unknown"),
    "sent": Words(zh="已发出", en="sent"),
    "refused": Words(zh="被拒收", en="refused"),
    "bounced": Words(zh="被退回", en="bounced"),
    "unreachable": Words(zh="无法联系", en="unreachable"),
    "delivered": Words(zh="已送达", en="delivered"),
}


def stage_words(stage: Stage | None) -> Words:
    """Name a stage; without one it is a referral to the police."""
    return STAGES[stage or "referral"]


def report_words(line: ReportLine) -> Words:
    """Say what was filed with whom, by which way, and which receipt came back."""
    stage = stage_words(line.what)
    way = CHANNELS[line.channel] if line.channel else Words(zh="", en="")
    given = Words(zh="尚无回执", en="no receipt yet")
    if line.receipt:
        given = Words(
            zh=f"回执 {line.receipt}{_at(line.received_at, zh=True)}",
            en=f"receipt {line.receipt}{_at(line.received_at, zh=False)}",
        )
    return Words(
        zh=f"{stage.zh}（第{line.number}号）报送 {line.authority}，{way.zh}，{given.zh}",
        en=f"{stage.en} no. {line.number} to {line.authority} by {way.en}, {given.en}",
    )


def notice_words(line: NoticeLine) -> Words:
    """Say how people were told: the counts of a campaign, or that a page is public."""
    if line.path:
        return Words(zh=f"公告 {line.path}", en=f"announcement {line.path}")
    zh = "、".join(f"{_count(name).zh} {number:,} 人" for name, number in line.counts.items() if number)
    en = ", ".join(f"{number:,} {_count(name).en}" for name, number in line.counts.items() if number)
    return Words(zh=f"通知批次 {line.number}：{zh or '无'}", en=f"campaign {line.number}: {en or 'nobody'}")


def evidence_words(line: EvidenceLine) -> Words:
    """Say what is kept, under which hash, who took it in and when."""
    hashed = f"，SHA-256 {line.sha256}" if line.sha256 else ""
    zh = f"{line.what.zh}{hashed}"
    en = f"{line.what.en}{hashed.replace('，', ', ')}"
    if line.by:
        zh += f"，保管：{'事件台账' if line.by == 'ledger' else line.by}"
        en += f", kept by {'the ledger' if line.by == 'ledger' else line.by}"
    return Words(zh=zh + _at(line.at, zh=True), en=en + _at(line.at, zh=False))


def _count(name: str) -> Words:
    return _COUNTS.get(name) or Words(zh=name, en=name.replace("_", " "))


def _at(at: Instant | None, *, zh: bool) -> str:
    if at is None:
        return ""
    return f"，{moment(at, 'zh')}" if zh else f", {moment(at, 'en')}"
