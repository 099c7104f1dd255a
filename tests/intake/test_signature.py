"""Our reading of Standard Webhooks beside the published library's."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from intake.signature import BadSecret, Signed, key_of, signed

ids = st.text(
    alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="."), min_size=1
)
keys = st.binary(min_size=24, max_size=64)


def written(key):
    return "whsec_" + base64.b64encode(key).decode()


@given(ids.filter(lambda text: len(text) <= 256), st.text(), keys)
def test_both_make_the_same_signature(delivery, body, key):
    now = datetime.now(UTC)
    ours = signed(written(key), delivery, now, body.encode())
    assert ours["webhook-signature"] == Webhook(written(key)).sign(delivery, now, body)
    Webhook(written(key)).verify(body, ours, json_parse=False)


@given(ids.filter(lambda text: len(text) <= 256), st.text(), keys, keys)
def test_what_the_library_signs_is_proven_here(delivery, body, key, other):
    now = datetime.now(UTC)
    signature = Webhook(written(key)).sign(delivery, now, body)
    message = Signed(delivery.encode(), str(int(now.timestamp())).encode(), signature.encode())
    assert message.timely(now)
    assert message.proves(body.encode(), (other, key))
    assert message.proves(body.encode(), (key,))
    assert message.proves(body.encode(), (other,)) == (other == key)
    assert not message.proves(body.encode() + b" ", (key,))


@given(st.binary(), st.binary(), st.binary(), st.binary(), keys)
def test_no_header_whatever_makes_it_fall_over(delivery, timestamp, signatures, body, key):
    message = Signed(delivery, timestamp, signatures)
    assert isinstance(message.timely(datetime.now(UTC)), bool)
    assert message.proves(body, (key,)) is False


@given(st.text())
def test_a_secret_is_a_key_or_a_sentence_without_it(text):
    for secret in (text, "whsec_" + text):
        try:
            told = ""
            key = key_of(secret)
        except BadSecret as bad:
            told, key = str(bad), bytes(24)
        assert 24 <= len(key) <= 64
        assert len(text) <= 6 or text not in told


@pytest.mark.parametrize(
    ("secret", "word"),
    [
        ("", "whsec_"),
        ("secret", "whsec_"),
        ("whsec_*", "base64"),
        ("whsec_é", "base64"),
        ("whsec_AAAA", "24 to 64 bytes"),
        ("whsec_" + "A" * 400, "24 to 64 bytes"),
    ],
)
def test_a_bad_secret_is_told_what_is_wrong(secret, word):
    with pytest.raises(BadSecret, match=word):
        key_of(secret)


def test_a_secret_may_lack_its_padding():
    assert key_of("whsec_" + base64.b64encode(bytes(25)).decode().rstrip("=")) == bytes(25)
