import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.segments import BASIC, EXTENDED, segments


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ("GSM-7", 0, 1)),
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("€" * 80, ("GSM-7", 160, 1)),
        # 153 is odd: a pair of septets does not fit into the last one, and begins the next message.
        ("€" * 153, ("GSM-7", 306, 3)),
        ("警" * 70, ("UCS-2", 70, 1)),
        ("警" * 71, ("UCS-2", 71, 2)),
        ("警" * 134, ("UCS-2", 134, 2)),
        ("警" * 135, ("UCS-2", 135, 3)),
        ("🔔" * 35, ("UCS-2", 70, 1)),
        ("🔔" * 67, ("UCS-2", 134, 3)),
        ("`", ("UCS-2", 1, 1)),
    ],
)
def test_a_text_is_counted_as_a_gateway_counts_it(text, found):
    assert segments(text) == found


def test_the_alphabet_has_the_standards_size():
    # 128 places, of which one is the escape to the extension table.
    assert (len(BASIC), len(EXTENDED)) == (127, 10)


@given(st.text(max_size=400))
def test_more_text_never_takes_fewer_messages(text):
    assert segments(text).messages <= segments(text + "a").messages or segments(text).alphabet == "UCS-2"
    assert segments(text).units >= len(text)
