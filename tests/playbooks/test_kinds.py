"""One message to four kinds of readers: each is told in words that are true of them."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kind import KINDS, OTHERS
from domain.letter import LANGUAGES
from playbooks.invalid import PackInvalid
from playbooks.message import SHORT
from playbooks.messages import SAMPLES, Messages
from playbooks.required import left_out
from playbooks.saying import Said, said_to
from playbooks.template_check import check_messages
from tests.playbooks.conftest import CONTACT

CHANNELS = ("email", "sms", "voice", "im")
ABOUT = {
    "zh": {"minor": "你还未成年", "guardian": "您监护的未成年人", "organisation": "贵单位"},
    "en": {"minor": "a parent or guardian", "guardian": "minor in your care", "organisation": "rganisation"},
}
TITLES = ("先生", "女士", "Mr", "Ms", "Sir", "Madam", "您好")
LINES = ("title", "announcement", "basis", "short", "spoken")


def each(messages, *channels):
    """Every letter there is, with its kind and language."""
    for message in messages.ids:
        for channel in channels or CHANNELS:
            for language, short in zip(LANGUAGES, SHORT, strict=True):
                for kind in KINDS:
                    for case in SAMPLES:
                        letter = messages.letter(message, channel, language, case, kind)
                        yield message, channel, short, kind, letter


def test_each_kind_has_words_of_its_own_on_every_channel(messages):
    found = {}
    for message, channel, short, kind, letter in each(messages):
        found.setdefault((message, channel, short), {})[kind] = letter.to("王").text
    for told in found.values():
        assert len(set(told.values())) == len(KINDS)


def test_a_letter_says_whom_it_is_about(messages):
    for _, _, short, kind, letter in each(messages):
        text = letter.to("王").text
        if kind == "guardian":
            assert ABOUT[short][kind] in text
        if kind == "minor":
            assert ("监护人" if short == "zh" else "guardian") in text
        if kind == "organisation":
            assert ABOUT[short][kind] in text


def test_an_organisation_has_no_title_and_its_words_speak_to_no_person(messages):
    for *_, kind, letter in each(messages):
        if kind != "organisation":
            continue
        for name in ("示例有限公司", ""):
            text = letter.to(name).text
            assert not any(title in text for title in TITLES)
            assert "您" not in text


def test_without_a_name_everybody_is_addressed_as_what_they_are(messages):
    greetings = {
        kind: letter.to("").text.partition("：")[0].rpartition("】")[2]
        for message, _, short, kind, letter in each(messages, "sms")
        if (message, short) == ("data-leak", "zh")
    }
    assert greetings == {
        "individual": "尊敬的用户",
        "minor": "你好",
        "guardian": "尊敬的监护人",
        "organisation": "贵单位",
    }


def test_a_message_without_words_for_a_kind_says_first_whom_its_words_are_about(folder):
    for file in folder.glob("data-leak/words.*.*.j2"):
        file.unlink()
    told = Messages(CONTACT, folder)
    for message, channel, short, kind, letter in each(told):
        if kind == "individual" or message != "data-leak":
            continue
        text = letter.to("王").text
        assert ABOUT[short][kind] in text or kind == "minor"
        if channel != "email" and short == "en":
            assert ", we found" not in text
    guardian = told.letter("data-leak", "sms", "zh-CN", SAMPLES[0], "guardian").to("王父").text
    assert guardian.startswith("王父，您好：本通知涉及您监护的未成年人，文中的“您”是指该未成年人")


def test_a_layout_for_everybody_serves_every_kind_and_one_of_a_kind_goes_before_it(folder):
    place = folder / "data-leak"
    (place / "sms.zh.j2").write_text("{{ name }}您好。{{ said.short }}{{ contact }}")
    (place / "sms.organisation.zh.j2").write_text("{{ name }}台鉴。{{ said.short }}{{ contact }}")
    told = Messages(CONTACT, folder)
    starts = {
        kind: told.letter("data-leak", "sms", "zh-CN", SAMPLES[0], kind).to("王").text for kind in KINDS
    }
    assert starts["organisation"].startswith("王台鉴。")
    assert all(starts[kind].startswith("王您好。") for kind in KINDS if kind != "organisation")
    assert "您监护的未成年人的个人信息" in starts["guardian"]


def test_the_digest_covers_the_words_of_each_kind(folder):
    before = Messages(CONTACT, folder).digest("data-leak")
    seen = {before}
    for name in (
        "data-leak/words.guardian.zh.j2",
        "default/greeting.organisation.en.j2",
        "default/about.minor.zh.j2",
    ):
        file = folder / name
        file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + " \n", encoding="utf-8")
        seen.add(Messages(CONTACT, folder).digest("data-leak"))
    assert len(seen) == 4


@pytest.mark.parametrize("kind", OTHERS)
def test_each_kinds_layout_must_say_what_the_law_wants_to_be_told(folder, kind):
    layout = folder / "data-leak" / f"email.txt.{kind}.zh.j2"
    whole = (folder / "default" / "email.txt.zh.j2").read_text(encoding="utf-8")
    layout.write_text(whole.replace('{{ said.measures | join("\\n\\n") }}', "略"), encoding="utf-8")
    [remark] = [each for each in check_messages(folder, CONTACT) if each.error]
    assert (remark.said.file, remark.said.field) == (layout, "measures")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("words.guardian.zh.j2", "## public\n公告\n", "everybody reads the announcement"),
        ("words.guardian.zh.j2", "## shorts\n短\n", "no such section"),
        ("words.guardian.zh.j2", "## short\n\n", "says nothing"),
        ("words.guardian.zh.j2", "## short\n{{ ward }}\n", "undefined"),
        ("words.teacher.zh.j2", "## short\n短\n", "a kind is minor, guardian, organisation"),
        ("notice.guardian.zh.j2", "题\n## 一\n二\n", "no such part"),
        ("about.organisation.en.j2", "\n", "says nothing; say whom"),
        ("greeting.minor.en.j2", "{{ name | upper }}", "print the name or ask"),
    ],
)
def test_what_does_not_hold_for_one_kind_is_refused(folder, name, text, says):
    file = folder / "data-leak" / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PackInvalid, match=says):
        Messages(CONTACT, folder)


def section(name):
    text = st.text("甲乙 ab", min_size=1, max_size=5)
    return text if name in LINES else st.lists(text, min_size=1, max_size=3).map(tuple)


NAMES = tuple(field.name for field in fields(Said))
OWN = [name for name in NAMES if name not in {"announcement", "public"}]


@given(
    st.builds(Said, **{name: section(name) for name in NAMES}),
    st.fixed_dictionaries({}, optional={name: section(name) for name in OWN}),
    st.sampled_from(SHORT),
)
def test_what_is_not_a_kinds_own_says_first_whom_it_is_about(whole, own, language):
    said = said_to(whole, own, "〔关于〕", language)
    for name, value in own.items():
        assert getattr(said, name) == value
    for name in set(NAMES) - own.keys() - {"incident", "short", "spoken"}:
        assert getattr(said, name) == getattr(whole, name)
    if "incident" not in own:
        assert said.incident == ("〔关于〕", *whole.incident)
    if "short" not in own:
        assert said.short.startswith("〔关于〕")
        assert said.short.casefold().endswith(whole.short.casefold())
    if "spoken" not in own:
        # Never the words for everybody without the sentence before them.
        assert said.spoken == said.short or said.spoken.startswith("〔关于〕")
    # A layout that prints the sections prints the sentence, too.
    assert not list(left_out(f"{said.short}{said.spoken}", "sms", said))
