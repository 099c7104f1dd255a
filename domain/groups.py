"""An audience in figures: people by route, language, kind, country and mail domain, and no one by name."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from domain.kind import INDIVIDUAL
from domain.model import Value

FEWEST = 20
MOST_GROUPS = 500
MOST_KEYS = 50_000


class Key(NamedTuple):
    """What people of one group share; `prefix` is a calling code such as `+86`."""

    route: tuple[str, ...]
    language: str
    kind: str
    prefix: str
    domain: str


class Group(Value):
    """People who share a route, a language and a kind.

    An empty `prefix` or `domain` is none, or few people's. A `domain` that the settings do not name is `#1`,
    `#2` …: a part of somebody's address stands in no fact.
    """

    route: tuple[str, ...]
    language: str
    kind: str = INDIVIDUAL
    prefix: str = ""
    domain: str = ""
    people: int


class Groups:
    """Counts people while they are enlisted, with constant memory."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()

    def add(self, key: Key, people: int = 1) -> None:
        """Count people."""
        if len(self._counts) >= MOST_KEYS and key not in self._counts:
            key = _no_domain(key)
        self._counts[key] += people

    @property
    def kinds(self) -> dict[str, int]:
        """People by kind."""
        counts: Counter[str] = Counter()
        for key, people in self._counts.items():
            counts[key.kind] += people
        return dict(sorted(counts.items()))

    def folded(self, named: Collection[str]) -> tuple[Group, ...]:
        """The groups, the largest first; one so small that it might point at somebody joins the others.

        `named` are the domains that the settings name, which say nothing about who is in the list.
        """
        counts = _joined(_joined(self._counts, _no_domain), _no_place)
        large = dict(counts.most_common(MOST_GROUPS))
        rest = _widened({key: people for key, people in counts.items() if key not in large}, _no_place)
        found = (Counter(large) + rest).most_common()
        called = _called([key.domain for key, _ in found], named)
        return tuple(
            Group(**key._replace(domain=called[key.domain])._asdict(), people=people) for key, people in found
        )


def _joined(counts: Mapping[Key, int], wider: Callable[[Key], Key]) -> Counter[Key]:
    few = {key: people for key, people in counts.items() if people < FEWEST}
    enough = {key: people for key, people in counts.items() if people >= FEWEST}
    return Counter(enough) + _widened(few, wider)


def _widened(counts: Mapping[Key, int], wider: Callable[[Key], Key]) -> Counter[Key]:
    wide: Counter[Key] = Counter()
    for key, people in counts.items():
        wide[wider(key)] += people
    return wide


def _called(domains: Iterable[str], named: Collection[str]) -> dict[str, str]:
    distinct = dict.fromkeys(domains)
    others = [each for each in distinct if each and each not in named]
    return {each: each for each in distinct} | {each: f"#{n}" for n, each in enumerate(others, 1)}


def _no_domain(key: Key) -> Key:
    return key._replace(domain="")


def _no_place(key: Key) -> Key:
    return key._replace(domain="", prefix="")
