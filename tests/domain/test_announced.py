"""A public announcement is corrected and withdrawn by two persons, version by version."""

import json

import pytest

from domain import commands as c
from domain import facts as f
from domain.announced import standing, versions
from domain.done import done
from domain.fact import read
from domain.line import canonical
from domain.next_step import announcement_next

WHY = {"zh": "人数由 120 万更正为 121 万", "en": "1.21 million people, not 1.2 million."}


def revise(number, kind="corrected"):
    return c.ReviseAnnouncement(announcement=number, standing=kind, **WHY)


def drawn(case, number):
    case.hear(c.AnnouncementWord(announcement=number, sha256=f"{number}" * 64))


def publish(case, number):
    case.agree(f"announcement/{number}")
    case.do(c.PublishAnnouncement(announcement=number))
    return case.hear(c.AnnouncementWord(announcement=number, sha256="f" * 64, path="/p/"))


@pytest.fixture
def public(leak):
    leak.do(c.DraftAnnouncement(duties=(leak.open("notify")[0],)))
    drawn(leak, 1)
    publish(leak, 1)
    return leak


def now(case):
    return [each.number for each in standing(case.state)]


def test_a_correction_takes_the_place_of_what_it_corrects(public):
    assert public.do(revise(1)) == ["AnnouncementRevised"]
    assert now(public) == [1]
    drawn(public, 2)
    assert public.no(c.PublishAnnouncement(announcement=2)) == "needs_second_person"
    publish(public, 2)
    assert now(public) == [2]
    corrected = public.state.announcements[2]
    assert (corrected.follows, corrected.standing, corrected.zh) == (1, "corrected", WHY["zh"])
    assert corrected.duties == public.state.announcements[1].duties
    assert [each.number for each in versions(public.state, corrected)] == [1, 2]
    assert announcement_next(public.state, public.state.announcements[1]) == (
        "announcement 1 was corrected by 2",
        "",
    )
    assert [line.path for line in done(public.state).notices] == ["/p/"]


def test_only_what_stands_is_revised_and_only_once(public):
    assert public.no(revise(2)) == "not_published"
    public.do(revise(1))
    assert public.no(revise(2)) == "not_published"
    public.do(revise(1, "withdrawn"))
    drawn(public, 2)
    drawn(public, 3)
    publish(public, 2)
    assert public.no(revise(1)) == "revised_since"
    public.agree("announcement/3")
    assert public.no(c.PublishAnnouncement(announcement=3)) == "revised_since"


def test_what_is_withdrawn_tells_nobody_any_more(public):
    public.do(revise(1, "withdrawn"))
    drawn(public, 2)
    publish(public, 2)
    assert now(public) == []
    assert public.no(revise(2)) == "already_withdrawn"
    assert public.state.announcements[2].duties == ()
    assert announcement_next(public.state, public.state.announcements[2])[0] == "announcement 2 is withdrawn"
    assert done(public.state).notices == ()
    assert "DutyMet" in [type(fact.body).__name__ for fact in public.history], "what was told once stays told"


@pytest.mark.parametrize("said", ["", "x" * 501, "two\nlines"])
def test_the_reason_is_one_line(said):
    with pytest.raises(ValueError, match="en"):
        c.ReviseAnnouncement(announcement=1, standing="corrected", zh="误报", en=said)


def test_that_the_public_sees_the_page_is_taken_down(public):
    seen = c.VerifyAnnouncement(announcement=1, url="https://example.cn/p/", sha256="f" * 64)
    assert public.no(seen.model_copy(update={"announcement": 2})) == "not_published"
    assert public.no(seen.model_copy(update={"sha256": "0" * 64})) == "other_page"
    assert public.do(seen) == ["AnnouncementVerified"]
    said, _ = announcement_next(public.state, public.state.announcements[1])
    assert said == "announcement 1 is public, and was seen so"


def test_pictures_of_what_was_seen_stay_until_newer_ones_come(public):
    picture = f.Picture(sha256="a" * 64, width=390, height=844, browser="Chrome/156", at=public.now)
    seen = c.VerifyAnnouncement(announcement=1, url="https://example.cn/p/", sha256="f" * 64)
    public.do(seen.model_copy(update={"pictures": (picture,)}))
    assert public.state.announcements[1].pictures == (picture,)
    public.do(seen)
    assert public.state.announcements[1].pictures == (picture,)
    newer = picture.model_copy(update={"sha256": "b" * 64})
    public.do(seen.model_copy(update={"pictures": (newer,)}))
    assert public.state.announcements[1].pictures == (newer,)


def test_a_verification_from_before_there_were_pictures_is_read(public):
    public.do(c.VerifyAnnouncement(announcement=1, url="https://example.cn/p/", sha256="f" * 64))
    line = public.history[-1].line()
    written = {name: value for name, value in json.loads(line.body).items() if name != "pictures"}
    before = line.model_copy(update={"body": canonical(written)})
    assert read(before).body == public.history[-1].body
