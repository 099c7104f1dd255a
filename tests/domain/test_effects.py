"""What remains to be done follows from the state alone, once for each attempt."""

from domain import commands as c
from domain.effects import outstanding


def keys(case):
    return [effect.key for effect in outstanding(case.state, case.book)]


def test_a_report_is_drawn_up_and_mailed_once_for_each_filing(leak):
    key = leak.duty("CN-NCIRM-4-OTHER").key
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    assert keys(leak) == ["draft_report/1/1"]
    leak.hear(c.ReportWord(report=1, sha256="a" * 64))
    leak.agree("report/1")
    assert keys(leak) == []
    leak.do(c.FileReport(report=1, channel="email"))
    assert keys(leak) == ["send_report/1/1"]
    leak.hear(c.FilingWord(report=1, ok=False, code="timed_out"))
    assert keys(leak) == []
    leak.do(c.FileReport(report=1, channel="email"))
    assert keys(leak) == ["send_report/1/2"]
    leak.do(leak.receipt(1))
    assert keys(leak) == []


def test_only_automatic_steps_are_called_once_for_each_try(leak):
    leak.do(c.AdvanceStep(step="preserve-evidence", to="start"))
    assert keys(leak) == []
    for attempt in (1, 2):
        leak.do(c.AdvanceStep(step="isolate-source", to="start"))
        assert keys(leak) == [f"step/isolate-source/{attempt}"]
        leak.hear(c.StepWord(step="isolate-source", ok=attempt == 2, attempt=attempt))
        assert keys(leak) == []
    leak.do(c.AdvanceStep(step="isolate-source", to="undo"))
    assert keys(leak) == ["undo/isolate-source/3"]


def test_an_announcement_is_drawn_up_and_published(leak):
    leak.do(c.DraftAnnouncement())
    assert keys(leak) == ["draft_announcement/1/1"]
    leak.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    leak.agree("announcement/1")
    assert keys(leak) == []
    for code in ("disk_full", ""):
        leak.do(c.PublishAnnouncement(announcement=1))
        assert keys(leak) == ["publish/1/1"]
        leak.hear(c.AnnouncementWord(announcement=1, sha256="f" * 64, path="" if code else "p", code=code))
        assert keys(leak) == []
