"""Whether some recorded facts could make a trigger true; what cannot is a slip of the pen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice, product

from pydantic import JsonValue

from domain.expression import (
    AllOf,
    Always,
    AnyOf,
    DutyOwed,
    Expression,
    FactTest,
    GradeAtLeast,
    Known,
    Not,
    Possibly,
    Surely,
    Verdict,
)
from domain.term import UNKNOWN
from domain.tristate import Tristate
from domain.vocabulary import GRADES, GradeName, term_of

# Beyond so many alternatives a trigger is taken for sound rather than searched to its end.
MOST = 20_000


class _Want(Enum):
    """Which truth values an expression may take for the whole to come out right."""

    TRUE = frozenset({Tristate.TRUE})
    FALSE = frozenset({Tristate.FALSE})
    NOT_FALSE = frozenset({Tristate.TRUE, Tristate.UNKNOWN})
    NOT_TRUE = frozenset({Tristate.FALSE, Tristate.UNKNOWN})

    @property
    def negated(self) -> "_Want":
        """What *not* asks of its part."""
        return _Want(frozenset(value.negated() for value in self.value))

    @property
    def holds(self) -> bool:
        """Whether it asks to hold, rather than to fail."""
        return Tristate.TRUE in self.value


_Leaf = FactTest | GradeAtLeast | DutyOwed
_Wish = tuple[_Leaf, _Want]


def satisfiable(expression: Expression, *, never: Collection[str] = ()) -> bool:
    """Whether some facts make it true; `never` are the duties that nobody who asks ever owes."""
    ways = list(islice(_ways(expression, _Want.TRUE), MOST))
    return len(ways) == MOST or any(_consistent(wishes, never) for wishes in ways)


def _ways(node: Expression, want: _Want) -> Iterator[tuple[_Wish, ...]]:
    """Unfold into alternatives, each a list of leaves with what is asked of them."""
    if isinstance(node, FactTest | GradeAtLeast | DutyOwed):
        yield ((node, want),)
    elif isinstance(node, Not):
        yield from _ways(node.part, want.negated)
    elif isinstance(node, Possibly):
        yield from _ways(node.possibly, _Want.NOT_FALSE if want.holds else _Want.FALSE)
    elif isinstance(node, Surely):
        yield from _ways(node.surely, _Want.TRUE if want.holds else _Want.NOT_TRUE)
    elif isinstance(node, AllOf | AnyOf):
        inner = node.all if isinstance(node, AllOf) else node.any
        yield from _folded(inner, want, together=isinstance(node, AllOf) is want.holds)
    elif not isinstance(node, Always) or want.holds:
        # What holds always, compares instants, or is a person's to decide, stands in nobody's way.
        yield ()


def _folded(inner: Sequence[Expression], want: _Want, *, together: bool) -> Iterator[tuple[_Wish, ...]]:
    if not together:
        for part in inner:
            yield from _ways(part, want)
        return
    for chosen in product(*(list(islice(_ways(part, want), MOST)) for part in inner)):
        yield tuple(wish for wishes in chosen for wish in wishes)


def _consistent(wishes: tuple[_Wish, ...], never: Collection[str]) -> bool:
    if any(isinstance(leaf, DutyOwed) and leaf.duty in never and want is _Want.TRUE for leaf, want in wishes):
        return False
    by_subject: dict[str, list[_Wish]] = {}
    for leaf, want in wishes:
        by_subject.setdefault(_subject(leaf), []).append((leaf, want))
    return all(
        any(all(leaf.weigh(known).value in want.value for leaf, want in group) for known in _worlds(group))
        for group in by_subject.values()
    )


def _subject(leaf: _Leaf) -> str:
    if isinstance(leaf, FactTest):
        return leaf.fact
    return "" if isinstance(leaf, GradeAtLeast) else leaf.duty


def _worlds(group: list[_Wish]) -> Iterator[Known]:
    tests = [leaf for leaf, _ in group if isinstance(leaf, FactTest)]
    if tests:
        for value in _values(tests):
            yield _world(facts=_recorded(tests[0].fact, value))
        return
    for grade in (None, *GRADES):
        yield _world(grade=grade)
    for owed in Tristate:
        yield _world(owed=owed)


def _world(
    facts: Mapping[str, JsonValue] | None = None,
    grade: GradeName | None = None,
    owed: Tristate = Tristate.UNKNOWN,
) -> Known:
    def at_least(name: GradeName) -> Verdict:
        return Verdict(Tristate.of(None if grade is None else GRADES.index(grade) >= GRADES.index(name)))

    return Known(facts or {}, at_least, lambda _: Verdict(owed))


def _recorded(path: str, value: JsonValue) -> dict[str, JsonValue]:
    name, dot, key = path.partition(".")
    return {} if value is None else {name: {key: value} if dot else value}


def _values(tests: list[FactTest]) -> list[JsonValue]:
    """The values that can make a difference: none, unknown, and those on either side of every bar."""
    term = term_of(tests[0].fact)
    values: list[JsonValue] = [None, UNKNOWN]
    if term is None:  # pragma: no cover -- no test of an unknown fact can be made
        return values
    if term.type == "bool":
        return [*values, True, False]
    if term.type in {"enum", "list"}:
        several: JsonValue = [value for value in term.values if value != "none"]
        singly: list[JsonValue] = [[value] if term.type == "list" else value for value in term.values]
        return [*values, *singly, *([several] if term.many or term.type == "list" else [])]
    if term.type not in {"int", "number", "duration"}:
        return [*values, "recorded"]
    bars = [term.canonical(bar) for test in tests for bar in (test.at_least, *test.among) if bar is not None]
    below = [bar - 1 for bar in bars if isinstance(bar, int) and bar > 0]
    return [*values, *bars, *below, term.canonical("PT0S" if term.type == "duration" else 0)]
