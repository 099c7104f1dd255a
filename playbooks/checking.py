"""A playbook against everything that it names: the law, the forms, the messages, the organisation itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from domain.coverage import gaps
from domain.form import Form
from domain.pack import Pack
from domain.playbook import Playbook
from playbooks.document import Loc
from playbooks.incident import Read, read_playbook
from playbooks.invalid import PackInvalid

_STEP = "step:"


class Remark(NamedTuple):
    """Something that is wrong with a playbook; nothing starts on an error, a warning is for a person."""

    error: bool
    said: PackInvalid


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a playbook may name.

    `packs` is the law that binds the organisation, `known` all the law there is. `actions` and `roles` are
    those of the settings, or None where the settings are not asked.
    """

    packs: Sequence[Pack]
    known: Sequence[Pack]
    forms: Mapping[str, Form]
    messages: Collection[str]
    actions: Collection[str] | None = None
    roles: Collection[str] | None = None


class _Found(NamedTuple):
    loc: Loc
    sentence: str
    error: bool


def check_file(file: Path, around: Surroundings) -> tuple[Playbook | None, list[Remark]]:
    """Read one playbook and say everything that is wrong with it, errors first."""
    try:
        read = read_playbook(file)
    except PackInvalid as invalid:
        return None, [Remark(error=True, said=invalid)]
    return read.playbook, check(read, around)


def check(read: Read, around: Surroundings) -> list[Remark]:
    """Say everything that is wrong with a playbook in its surroundings, errors first."""
    playbook = read.playbook
    found = [_Found(*gap) for gap in gaps(playbook, around.packs, around.known)]
    found += _forms(playbook, around.forms)
    found += _messages(playbook, around.messages)
    if around.actions is not None:
        found += _actions(playbook, around.actions)
    if around.roles is not None:
        found += _roles(playbook, around.roles)
    remarks = [Remark(error, read.invalid(loc, sentence)) for loc, sentence, error in found]
    return sorted(remarks, key=lambda remark: not remark.error)


def _forms(playbook: Playbook, forms: Mapping[str, Form]) -> Iterator[_Found]:
    for stage, name in playbook.forms.items():
        form = forms.get(name)
        if form is None:
            sentence = f"there is no form {name}; there are {', '.join(forms)}."
            yield _Found(("forms", stage), sentence, error=True)
            continue
        for step in _named(form):
            if playbook.step(step) is None:
                sentence = f"the form {name} takes a field from the step {step}, which this plan has not."
                yield _Found(("forms", stage), sentence, error=False)


def _named(form: Form) -> list[str]:
    sources = (source for item in form.items for field in item.fields for source in field.sources)
    return sorted({source.removeprefix(_STEP) for source in sources if source.startswith(_STEP)})


def _messages(playbook: Playbook, messages: Collection[str]) -> Iterator[_Found]:
    for place, name in enumerate(playbook.notification.messages):
        if name not in messages:
            channels = ", ".join(playbook.notification.channels)
            sentence = (
                f"there is no message {name} for {channels} in Chinese and English; write "
                f"templates/messages/{name}/words.zh.j2 and words.en.j2, or name one of "
                f"{', '.join(messages)}."
            )
            yield _Found(("notification", "messages", place), sentence, error=True)


def _actions(playbook: Playbook, actions: Collection[str]) -> Iterator[_Found]:
    for place, step in enumerate(playbook.steps):
        for field in ("action", "undo"):
            name = getattr(step, field)
            if name and name not in actions:
                sentence = f"the settings have no action {name}; add it to TOCSIN_ACTIONS."
                yield _Found(("steps", place, field), sentence, error=False)


def _roles(playbook: Playbook, roles: Collection[str]) -> Iterator[_Found]:
    owners: dict[str, int] = {}
    for place, step in enumerate(playbook.steps):
        owners.setdefault(step.owner, place)
    for owner, place in owners.items():
        if owner not in roles:
            sentence = f"nobody has the role {owner}; give it to an operator in TOCSIN_OPERATORS."
            yield _Found(("steps", place, "owner"), sentence, error=False)
    alarms = playbook.alarms
    told: list[tuple[Loc, str]] = [
        (("alarms", "roles", place), role) for place, role in enumerate(alarms.roles)
    ]
    for level, names in enumerate(alarms.escalation.roles if alarms.escalation else ()):
        told += [(("alarms", "escalation", "roles", level, at), role) for at, role in enumerate(names)]
    for loc, role in told:
        if role not in roles:
            sentence = (
                f"nobody is told when a clock alarms {role}; add it to TOCSIN_OPERATORS or TOCSIN_ROLES."
            )
            yield _Found(loc, sentence, error=False)
