"""What an installation goes by: its law packs, its playbooks, its forms, as the settings choose them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from domain.facts import Stage
from domain.layout import Tongue
from domain.organisation import Organisation
from domain.pack import DutyRule, Pack
from domain.pack_words import duty_words
from domain.playbook import Playbook, Words
from domain.rules_request import REQUEST
from domain.state import State
from playbooks.checking import Surroundings, check
from playbooks.forms import FORMS, FormLibrary
from playbooks.incident import DEFAULT, PLAYBOOKS, load_playbook, playbook_files, read_playbook
from playbooks.invalid import PackInvalid
from playbooks.loader import LAW, load_packs
from service.law import law_here
from service.place import cache_dir
from service.settings import Settings, load
from service.settings_error import SettingsError
from service.settings_parts import Authority

GENERAL = "general"


@dataclass(frozen=True, slots=True)
class FilingPlace:
    """Where an authority takes papers by hand: channel → place, empty for unknown; and their language."""

    known: Mapping[str, str]
    tongue: Tongue


class Library:
    """Reads each shelf when it is first asked for; a file that does not hold is a `PackInvalid`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def open(cls) -> "Library":
        """Open the library of this installation.

        Raises:
            SettingsError: the settings cannot be used.

        """
        return cls(load())

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The law packs."""
        return load_packs(self._settings.packs_dir or LAW, cache=cache_dir() / "packs")

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Whose law binds the organisation."""
        return Organisation.read(self._settings.organisation).jurisdictions

    @property
    def actions(self) -> frozenset[str]:
        """What automatic steps can call."""
        return frozenset(self._settings.actions)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that somebody has, and the operators, who may be alarmed by their handles."""
        held = {role for operator in self._settings.operators.values() for role in operator.roles}
        return frozenset({*held, *self._settings.roles, *self._settings.operators})

    @cached_property
    def law(self) -> tuple[Pack, ...]:
        """The law packs that bind this organisation."""
        return law_here(self.packs, Organisation.read(self._settings.organisation))

    @cached_property
    def playbook_files(self) -> dict[str, Path]:
        """Where the playbooks stand, by their ids; the one that the settings name as a file comes last."""
        files = {file.stem: file for file in playbook_files(self._settings.playbooks_dir or PLAYBOOKS)}
        chosen = self._settings.playbook
        return files | {load_playbook(chosen).id: chosen} if chosen else files

    @cached_property
    def playbooks(self) -> dict[str, Playbook]:
        """Every playbook by its id, each read and called like its file."""
        found: dict[str, Playbook] = {}
        for name, file in self.playbook_files.items():
            read = read_playbook(file)
            if read.playbook.id != name:
                raise read.invalid(("id",), f"a playbook is called like its file: {name}.")
            found[name] = read.playbook
        for category, name in self._settings.playbook_by_class.items():
            if name not in found:
                raise SettingsError(
                    "settings.invalid",
                    f"TOCSIN_PLAYBOOK_BY_CLASS: {category} names the playbook {name}; there are "
                    f"{', '.join(found)}.",
                )
        return found

    @property
    def titles(self) -> dict[str, Words]:
        """The titles of every step of every playbook; a step's id means one thing in all of them."""
        return {step.id: step.title for playbook in self.playbooks.values() for step in playbook.steps}

    @cached_property
    def playbook(self) -> Playbook:
        """The playbook for what no other is chosen for."""
        if self._settings.playbook:
            return load_playbook(self._settings.playbook)
        default = self.playbook_files.get(DEFAULT.stem)
        return load_playbook(default) if default else next(iter(self.playbooks.values()))

    def choose(self, category: str = "", kind: str = "incident", named: str = "") -> Playbook:
        """Choose what a new incident is handled by: as named, else by its alert's class, else by its kind."""
        name = named or self._settings.playbook_by_class.get(category, "")
        if name:
            return self.playbooks[name]
        fitting = (each for each in (self.playbook, *self.playbooks.values()) if each.kind == kind)
        return next(fitting, self.playbook)

    def plan_of(self, state: State) -> Playbook | None:
        """The playbook that an incident goes by, as far as it is still here; None where it is not."""
        if state.playbook:
            return state.playbook
        name = state.opened.playbook if state.opened else ""
        file = self.playbook_files.get(name)
        return load_playbook(file) if file else None

    def see_playbooks(self, forms: FormLibrary, messages: Collection[str]) -> None:
        """Let nothing start on a playbook with an error.

        Raises:
            PackInvalid: the first error that `tocsin playbook check` would name.

        """
        around = Surroundings(self.law, self.packs, forms.forms, messages)
        _ = self.playbooks  # each is called like its file, and the settings name no other
        for file in self.playbook_files.values():
            for remark in check(read_playbook(file), around):
                if remark.error:
                    raise remark.said

    def form(self, duty: str, stage: Stage, state: State) -> str:
        """Choose a form: the law's own, else that of the incident's playbook, else the general one.

        A form that the law of one place asks for names its articles, so nobody elsewhere gets it.
        """
        if duty.startswith(REQUEST):
            return GENERAL
        rule = self._rules.get(duty)
        of_law = _form_of(rule) if rule else ""
        if of_law in self.forms:
            return of_law
        plan = self.plan_of(state) or self.playbook
        named = plan.forms.get(stage, GENERAL)
        return GENERAL if of_law or self._foreign(named, duty) else named

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The forms that there are."""
        return tuple(sorted(file.stem for file in FORMS.glob("*.yaml")))

    def duties_of_form(self, form: str) -> tuple[str, ...]:
        """The duties whose law names a form."""
        return tuple(rule.id for rule in self._rules.values() if _form_of(rule) == form)

    @cached_property
    def duties(self) -> dict[str, Words]:
        """Every duty towards every recipient, as papers name it: `<duty>/<authority>` → words."""
        return {
            f"{rule.id}/{recipient.authority}": duty_words(pack, rule, recipient)
            for pack in self.packs
            for rule in pack.duties
            for recipient in rule.recipients
        }

    def filing_place(self, authority: str) -> "FilingPlace":
        """Where a person files with an authority, as far as the settings say so."""
        found = self._settings.authorities.get(authority, Authority())
        ways = ("portal", "hotline", "fax", "mini_program", "in_person")
        return FilingPlace({way: getattr(found, way) for way in ways}, found.language)

    @property
    def filing_folder(self) -> Path:
        """Where files that a person takes to an authority are written."""
        return self._settings.data_dir / "filing"

    def public(self, path: str, *, drill: bool) -> str:
        """Where an announcement is read: its public address, or its file where none is set, or in a drill.

        A rehearsal publishes a drill's announcement where a real one would be; then it lies there.
        """
        name = path.strip("/")
        recorded = self._settings.data_dir / "outbox" / "announcement" / name
        if drill and recorded.exists():
            return str(recorded)
        base = self._settings.announcements.base_url.rstrip("/")
        return f"{base}/{name}/" if base else str(self._settings.announcements_dir / name)

    def _foreign(self, form: str, duty: str) -> bool:
        asking = {pack.jurisdiction for pack in self.packs for rule in pack.duties if _form_of(rule) == form}
        owed = {pack.jurisdiction for pack in self.packs for rule in pack.duties if rule.id == duty}
        return bool(asking) and not asking & owed

    @cached_property
    def _rules(self) -> dict[str, DutyRule]:
        return {rule.id: rule for pack in self.packs for rule in pack.duties}


def _form_of(rule: DutyRule) -> str:
    return rule.form.removeprefix("FL-").lower() if rule.form else ""


def plan_of(state: State) -> Playbook | None:
    """The playbook of an incident, for naming steps and owners; where it cannot be had, reading goes on."""
    try:
        return Library.open().plan_of(state)
    except (SettingsError, PackInvalid):
        return None


def step_titles() -> dict[str, Words]:
    """The titles of the steps; empty where no playbook can be had, which stops no reading."""
    try:
        return Library.open().titles
    except (SettingsError, PackInvalid):
        return {}
