"""The demo's comparison of rows with what the servers took."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ledger.port import DeliveryState as S
from service.demo.reckoning import TOLD, Row, reckon

CHANNELS = ("sms", "email")


def row(seq, state, channel="sms", *, flagged=False):
    return Row(seq, state, channel, flagged, {each: f"{each}-{seq}" for each in CHANNELS})


def truth(rows):
    """What servers heard where every row is right."""
    return {each: {f"{each}-{one.seq}": 1 for one in rows if one.channel == each} for each in CHANNELS}


ROWS = st.lists(st.tuples(st.sampled_from(list(S)), st.sampled_from(CHANNELS)), max_size=40).map(
    lambda drawn: [row(seq, *one) for seq, one in enumerate(drawn, start=1)]
)


@given(ROWS)
def test_rows_that_the_servers_bear_out(rows):
    found = reckon(rows, truth(rows))
    assert (found.missing, found.twice, found.flagged) == ([], [], 0)
    assert found.people == len(rows)
    assert found.told.total() == sum(one.state in TOLD for one in rows)
    assert found.heard.total() == len(rows)


@given(ROWS)
def test_who_is_told_by_a_row_and_unknown_to_the_server_is_missing(rows):
    assert reckon(rows, {}).missing == [one.seq for one in rows if one.state in TOLD]


@given(ROWS, st.integers(2, 5))
def test_who_heard_twice_is_named_unless_the_row_had_said_so(rows, times):
    heard = {each: dict.fromkeys(known, times) for each, known in truth(rows).items()}
    assert reckon(rows, heard).twice == [one.seq for one in rows]
    flagged = reckon([replace(one, flagged=True) for one in rows], heard)
    assert (flagged.twice, flagged.flagged) == ([], len(rows))


def test_it_is_said_in_a_line_for_each_channel():
    rows = [row(1, S.DELIVERED), row(2, S.SENT, "email"), row(3, S.SENT, "email")]
    lines = list(reckon(rows, {"sms": {"sms-1": 1}, "email": {"email-2": 1}}).lines())
    assert "sms" in lines[0]
    assert "[3]" in lines[-2]
