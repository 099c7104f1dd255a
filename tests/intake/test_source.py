"""A source that is set wrongly is told so in one sentence, without its secret."""

import base64

import pytest

from intake.source import Source

SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("name", "more", "word"),
    [
        ("", {}, "name"),
        ("A", {}, "small letters"),
        ("a/b", {}, "small letters"),
        ("a" * 33, {}, "32"),
        ("edr", {"adapter": "nothing"}, "guardduty, ocsf"),
        ("edr", {"carriers": ("pigeon",)}, "eventbridge"),
        ("edr", {"secrets": ()}, "one secret"),
        ("edr", {"secrets": (SECRET,) * 3}, "one secret"),
        ("edr", {"secrets": (SECRET, "hunter2hunter2")}, "whsec_"),
        ("edr", {"max_body": 0}, "bytes"),
        ("edr", {"ok_status": 204}, "200 or 202"),
    ],
)
def test_a_wrong_source_says_what_would_be_right(name, more, word):
    with pytest.raises(ValueError, match=word) as told:
        Source(name, **({"adapter": "ocsf", "secrets": (SECRET,)} | more))
    assert "hunter2" not in str(told.value)
    assert SECRET not in str(told.value)


def test_a_source_does_not_show_its_secrets():
    assert SECRET not in repr(Source("edr", "ocsf", (SECRET,)))
