"""Whether a playbook serves what the law asks: every duty of the packs has a step, every step a duty."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from domain.means import By
from domain.pack import DutyRule, Pack
from domain.playbook import GRADING_DUTY, Playbook

Loc = tuple[str | int, ...]


class Gap(NamedTuple):
    """Something that does not fit, the field where it stands, and what would be right."""

    loc: Loc
    sentence: str
    error: bool = True


def gaps(playbook: Playbook, packs: Sequence[Pack], known: Sequence[Pack] = ()) -> list[Gap]:
    """Compare a playbook with law packs.

    Args:
        playbook: what is looked at.
        packs: the law that binds the organisation: each live duty of the playbook's kind needs a step.
        known: further packs, whose duties a step may serve without being mistaken.

    """
    rules = {rule.id: rule for pack in (*known, *packs) for rule in pack.duties}
    return [*_unserved(playbook, packs), *_idle(playbook, rules)]


def _unserved(playbook: Playbook, packs: Sequence[Pack]) -> Iterator[Gap]:
    if playbook.serving(GRADING_DUTY, "record") is None:
        yield Gap(
            ("steps",),
            f"no step serves {GRADING_DUTY}, the decision whether it is an incident; "
            f"add a step of mode duty with serves: [{GRADING_DUTY}].",
        )
    for pack in packs:
        for rule, by in _owable(pack, playbook.kind):
            if playbook.serving(rule.id, by) is None:
                recipients = "、".join(each.zh for each in rule.recipients if each.by == by)
                yield Gap(
                    ("steps",),
                    f"no step serves {rule.id} by {by} ({rule.title.zh} → {recipients}, {pack.id} "
                    f"{rule.article}); name it in the serves of a step of mode duty.",
                )


def _owable(pack: Pack, kind: str) -> Iterator[tuple[DutyRule, By]]:
    """The live duties of a kind, once for each means; of several versions the first stands for all."""
    seen: set[tuple[str, By]] = set()
    for rule in pack.duties:
        if not (rule.live and rule.kind == kind):
            continue
        for recipient in rule.recipients:
            if (rule.id, recipient.by) not in seen:
                seen.add((rule.id, recipient.by))
                yield rule, recipient.by


def _idle(playbook: Playbook, rules: dict[str, DutyRule]) -> Iterator[Gap]:
    for number, step in enumerate(playbook.steps):
        for place, served in enumerate(step.serves):
            if isinstance(served, str):
                yield from _of_nothing(served.partition("/")[0], rules, ("steps", number, "serves", place))


def _of_nothing(name: str, rules: dict[str, DutyRule], loc: Loc) -> Iterator[Gap]:
    if name == GRADING_DUTY or name in rules:
        return
    if name.endswith("*"):
        if not any(rule.startswith(name[:-1]) for rule in rules):
            yield Gap(loc, f"no duty of the law packs begins with {name[:-1]}.", error=False)
        return
    near = get_close_matches(name, rules, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; tocsin law list shows them."
    yield Gap(loc, f"there is no duty {name} in the law packs{hint}")
