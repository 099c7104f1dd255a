"""`tocsin template check`: what is wrong with each message of a folder, with file, line and field."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from cli.main import app
from playbooks.messages import MESSAGES


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOCSIN_CONTACT__ZH", "电话 400-810-8888")
    monkeypatch.setenv("TOCSIN_CONTACT__EN", "phone 400-810-8888")

    def ran(*words, code=0):
        answer = CliRunner().invoke(app, ["template", "check", *map(str, words)])
        assert answer.exit_code == code, answer.output
        return answer

    return ran


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(MESSAGES, tmp_path / "messages")


def remarks(answer):
    return [(each["level"], each["field"], each["sentence"]) for each in json.loads(answer.stdout)["remarks"]]


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_shipped_messages_say_what_people_must_be_told(run):
    assert json.loads(run().stdout) == {"ok": True, "checked": 4, "remarks": []}
    assert "4 messages say what people must be told" in run("-o", "table").stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        ("default/email.txt.zh.j2", '{{ said.measures | join("\n\n") }}', "略", "measures"),
        ("default/email.html.en.j2", "<li>{{ each }}</li>", "<li>…</li>", "advice"),
        ("default/sms.zh.j2", "咨询：{{ contact }}", "", "contact"),
        ("default/voice.en.j2", "{{ said.spoken }}", "", "spoken"),
        ("data-leak/words.zh.j2", "## consequences\n", "", "consequences"),
    ],
)
def test_what_lacks_a_part_that_the_law_wants_is_refused(run, folder, file, old, new, field):
    changed(folder / file, old.replace("\n\n", "\\n\\n"), new)
    found = remarks(run(folder, "-o", "json", code=6))
    assert found
    assert {(level, name) for level, name, _ in found} == {("error", field)}
    assert "[cli.template_bad]" in run(folder, "-o", "table", code=6).output


def test_each_message_is_looked_at_by_itself(run, folder):
    changed(folder / "data-leak" / "words.zh.j2", "## advice\n", "")
    changed(folder / "ransomware" / "words.en.j2", "{% if when %}", "{% if whenever %}")
    errors = [each for each in json.loads(run(folder, code=6).stdout)["remarks"] if each["level"] == "error"]
    assert [each["file"].rpartition("messages/")[2] for each in errors] == [
        "data-leak/words.zh.j2",
        "ransomware/words.en.j2",
    ]
    assert "whenever" in errors[1]["sentence"]


def test_what_a_gateway_would_stumble_over_is_told(run, folder):
    words = folder / "data-leak" / "words.zh.j2"
    changed(words, "勿告知验证码。", "详见 https://example.cn【官网】。")
    assert remarks(run(folder)) == [
        (
            "warning",
            "short",
            "Chinese gateways take 【】 for the signature, which stands before the text.",
        ),
        ("warning", "short", "gateways hold back text messages with a link; name where to look instead."),
    ]
    changed(words, "详见", "详见\u202e" + "很" * 1600)
    found = remarks(run(folder, code=6))
    assert ("error", "", "U+202E cannot be seen; take it out.") in found
    assert any("gateways take 1,600" in sentence for _, _, sentence in found)


def test_a_folder_without_layouts_is_named(run, tmp_path):
    assert "no folder `default`" in run(tmp_path, code=2).output
