from itertools import product

from domain.tristate import Tristate

T, U, F = Tristate.TRUE, Tristate.UNKNOWN, Tristate.FALSE


def test_and_is_false_as_soon_as_one_part_is():
    table = {(a, b): Tristate.every((a, b)) for a, b in product((T, U, F), repeat=2)}
    assert table == {
        (T, T): T,
        (T, U): U,
        (T, F): F,
        (U, T): U,
        (U, U): U,
        (U, F): F,
        (F, T): F,
        (F, U): F,
        (F, F): F,
    }


def test_or_is_the_mirror_of_and():
    for a, b in product((T, U, F), repeat=2):
        assert Tristate.some((a, b)) is Tristate.every((a.negated(), b.negated())).negated()


def test_of_nothing_all_holds_and_none_does():
    assert Tristate.every(()) is T
    assert Tristate.some(()) is F


def test_a_missing_boolean_is_unknown():
    assert [Tristate.of(value) for value in (True, None, False)] == [T, U, F]
    assert U.negated() is U
