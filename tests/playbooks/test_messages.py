import shutil

import pytest

from domain.letter import Case
from domain.organisation import Organisation
from domain.playbook import Words
from playbooks.invalid import PackInvalid
from playbooks.messages import Messages
from playbooks.notices import NOTICE, Notices
from tests.playbooks.conftest import CONTACT

CASE = Case(incident="I-AAAAAAAAAAAA", facts={}, organisation=Organisation(name="示例公司"), drill=False)


def test_every_channel_has_words_in_both_languages(messages):
    for message in messages.ids:
        for channel in ("email", "sms", "voice", "im"):
            for language in ("zh-CN", "en"):
                words = messages.letter(message, channel, language, CASE).to("王伟")
                assert "王伟" in words.text
                assert (words.html is not None) == (channel == "email")
                assert CONTACT.zh in words.text or CONTACT.en in words.text


def test_a_person_without_a_name_is_addressed_all_the_same(messages):
    words = messages.letter("data-leak", "sms", "zh-CN", CASE).to("")
    assert "尊敬的用户" in words.text


def test_a_name_cannot_become_markup_or_a_template(messages):
    words = messages.letter("data-leak", "email", "zh-CN", CASE).to("<script>{{ 7 * 7 }}</script>")
    assert "<script>" not in (words.html or "")
    assert "{{ 7 * 7 }}" in words.text


def test_the_digest_changes_with_a_template_and_the_contact(messages, folder):
    assert Messages(CONTACT, folder).digest("data-leak") == messages.digest("data-leak")
    assert Messages(Words(zh="电话 2", en="phone 2")).digest("data-leak") != messages.digest("data-leak")
    layout = (folder / "default" / "sms.zh.j2").read_text(encoding="utf-8")
    (folder / "data-leak" / "sms.zh.j2").write_text(f"{layout}!", encoding="utf-8")
    assert Messages(CONTACT, folder).digest("data-leak") != messages.digest("data-leak")


def test_an_unknown_message_or_channel_is_a_key_error(messages):
    with pytest.raises(KeyError):
        messages.digest("no-such")
    with pytest.raises(KeyError):
        messages.letter("data-leak", "fax", "zh-CN", CASE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ surname }}", "undefined"),
        ("{{ name | upper }}", "print the name or ask"),
        ("{% if %}", "no template"),
        ("{{ ''.__class__.__mro__ }}", "cannot be rendered"),
        ("{% for i in range(10**9) %}x{% endfor %}", "Range too big"),
        ("{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}", "100,000 turns"),
        ("{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}", "calls itself"),
        ("{% macro a(n) %}{% if n %}{{ a(n-1) }}{{ a(n-1) }}{% endif %}{% endmacro %}{{ a(99) }}", "turns"),
        ("{% for x in [[1]] recursive %}{{ loop(x) }}{% endfor %}", "recursive"),
        ("{{ 'x' * 10**9 }}", "repeat of more"),
        ("{{ [1] * 10**9 }}", "repeat of more"),
        ("{{ 9 ** 999999999 }}", "power above"),
        ("{{ '%0999999999d' % 1 }}", "print the value"),
        ("{{ 'x'.ljust(10**9) }}", "cannot be rendered"),
        ("{{ 'x' | center(10**9) }}", "No filter named 'center'"),
        ("{% for i in range(9000) %}{{ 'x' * 999 }}{% endfor %}", "writes more than"),
    ],
)
def test_a_template_that_does_not_hold_is_refused_when_it_is_loaded(folder, text, says):
    (folder / "data-leak" / "sms.en.j2").write_text(text)
    with pytest.raises(PackInvalid, match=says) as caught:
        Messages(CONTACT, folder)
    assert caught.value.file.name == "sms.en.j2"


def test_a_missing_and_a_stray_part_are_refused(folder):
    (folder / "data-leak" / "fax.zh.j2").write_text("x")
    with pytest.raises(PackInvalid, match="no such part"):
        Messages(CONTACT, folder)
    (folder / "data-leak" / "fax.zh.j2").unlink()
    (folder / "data-leak" / "sms.zh.j2").write_bytes("张".encode("gb18030"))
    with pytest.raises(PackInvalid, match="not UTF-8"):
        Messages(CONTACT, folder)
    (folder / "data-leak" / "sms.zh.j2").unlink()
    Messages(CONTACT, folder)
    (folder / "default" / "sms.zh.j2").unlink()
    with pytest.raises(PackInvalid, match="cannot be read"):
        Messages(CONTACT, folder)


def test_the_public_notice_is_said_in_both_languages_in_sections():
    chinese, english = Notices(CONTACT).words(CASE, "data-leak")
    assert (chinese.language, english.language) == ("zh-CN", "en")
    assert [section.heading for section in chinese.sections] == [
        "安全事件和风险情况",
        "危害后果",
        "已经采取的补救措施",
        "个人可以采取的减轻危害的措施",
    ]
    assert all(section.paragraphs for section in english.sections)


@pytest.mark.parametrize("message", ["data-leak", "ransomware", "important-data", "vulnerability"])
def test_each_message_says_what_the_law_wants_people_to_be_told(messages, message):
    for language, phrases in (("zh-CN", ("报告", "请")), ("en", ("reported", "We"))):
        email = messages.letter(message, "email", language, CASE).to("")
        spoken = messages.letter(message, "voice", language, CASE).to("").text
        assert all(phrase in email.text for phrase in phrases)
        assert email.html
        assert email.text.count("\n\n") > 6
        assert (CONTACT.zh if language == "zh-CN" else CONTACT.en) in spoken
    chinese, _ = Notices(CONTACT).words(CASE, message)
    assert len(chinese.sections) == 4
    assert all(section.paragraphs for section in chinese.sections)


def test_a_message_may_have_a_layout_of_its_own(folder, messages):
    (folder / "ransomware" / "sms.en.j2").write_text(
        "{{ said.title }}: {{ said.short }} {{ contact }} {{ name }}"
    )
    told = "said.public + said.consequences + said.measures + said.advice"
    notice = folder / "ransomware" / "notice.en.j2"
    notice.write_text(f"{{{{ said.title }}}}\n## One\n{{{{ ({told}) | join }}}}\n")
    own = Messages(CONTACT, folder)
    assert own.letter("ransomware", "sms", "en", CASE).to("").text.startswith("Notice of a ransomware attack")
    assert own.letter("data-leak", "sms", "en", CASE) == messages.letter("data-leak", "sms", "en", CASE)
    assert own.digest("ransomware") != messages.digest("ransomware")
    _, english = Notices(CONTACT, messages=folder).words(CASE, "ransomware")
    assert [section.heading for section in english.sections] == ["One"]


@pytest.mark.parametrize(
    ("old", "new", "there", "says"),
    [
        ("## measures\n", "## mesures\n", True, "no such section"),
        ("## short\n", "## title\n", True, "twice"),
        ("## title\n", "Title\n## title\n", True, "begins with a section"),
        ("## basis\n", "", False, "add ## basis"),
        ("## advice\n", "## advice\n{# nothing #}\n", True, "says nothing"),
        ("{{ persons }}", "{{ name }}", False, "undefined"),
    ],
)
def test_words_that_leave_out_what_must_be_told_are_refused(folder, old, new, there, says):
    path = folder / "data-leak" / "words.en.j2"
    text = path.read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    if "nothing" in new:
        changed = "\n".join(row for row in changed.splitlines() if not row.startswith("- "))
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(PackInvalid, match=says) as caught:
        Messages(CONTACT, folder)
    assert caught.value.line == (text[: text.index(old)].count("\n") + 1 if there else 1)


def test_a_value_of_several_lines_begins_no_section(messages):
    case = CASE.model_copy(update={"organisation": Organisation(name="A\n## title\nB")})
    assert "A ## title B" in messages.letter("vulnerability", "sms", "en", case).to("").text.replace(
        "\n", " "
    )


def test_a_notice_without_title_is_refused(tmp_path):
    folder = shutil.copytree(NOTICE, tmp_path / "notice")
    (folder / "zh.j2").write_text("## 标题\n正文")
    with pytest.raises(PackInvalid, match="first line is the title"):
        Notices(CONTACT, folder)
