"""The room's page names every code that the room can answer."""

import re
from pathlib import Path

from intake import answers
from intake.adapters import ADAPTERS, CARRIERS, ocsf

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "intake.md").read_text(encoding="utf-8")


def test_every_refusal_is_on_the_page_with_its_status():
    refusals = [value for value in vars(answers).values() if isinstance(value, answers.Refusal)]
    assert refusals
    for refusal in refusals:
        assert f"| {refusal.status} | `{refusal.code}` |" in PAGE


def test_every_refusal_is_one_sentence_and_says_what_would_be_right():
    for value in vars(answers).values():
        if isinstance(value, answers.Refusal):
            assert value.sentence.endswith(".")
            assert value.sentence[0].isupper()


def test_every_code_in_the_source_is_on_the_page():
    said = re.compile(r'(?:Unreadable|Unreachable|Declined|Ignored|Malformed)\(\s*"([a-z_.]+)"')
    codes = {
        code
        for file in (ROOT / "intake").rglob("*.py")
        for code in said.findall(file.read_text(encoding="utf-8"))
    } | ocsf._OVER_NAMES
    assert len(codes) > 15
    for code in codes:
        assert f"`{code}`" in PAGE, code


def test_every_adapter_and_carrier_is_on_the_page():
    for name in (*ADAPTERS, *CARRIERS):
        assert f"| `{name}` |" in PAGE
