"""What an installation goes by: its law packs, its playbook, its forms, as the settings choose them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from domain.facts import Stage
from domain.layout import Tongue
from domain.pack import DutyRule, Pack
from domain.pack_words import duty_words
from domain.playbook import Playbook, Words
from domain.rules_request import REQUEST
from playbooks.forms import FORMS
from playbooks.incident import DEFAULT, load_playbook
from playbooks.invalid import PackInvalid
from playbooks.loader import LAW, load_packs
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

    @cached_property
    def playbook(self) -> Playbook:
        """The playbook that new incidents are handled by."""
        return load_playbook(self._settings.playbook or DEFAULT)

    def form(self, duty: str, stage: Stage) -> str:
        """Choose a report's form: the law's own, else the playbook's for the stage, else the general one."""
        if duty.startswith(REQUEST):
            return GENERAL
        rule = self._rules.get(duty)
        of_law = _form_of(rule) if rule else ""
        if of_law in self.forms:
            return of_law
        return GENERAL if of_law else self.playbook.forms.get(stage, GENERAL)

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

    @cached_property
    def _rules(self) -> dict[str, DutyRule]:
        return {rule.id: rule for pack in self.packs for rule in pack.duties}


def _form_of(rule: DutyRule) -> str:
    return rule.form.removeprefix("FL-").lower() if rule.form else ""


def incident_playbook() -> Playbook | None:
    """The playbook, for naming steps and owners; None where it cannot be had, which stops no reading."""
    try:
        return Library.open().playbook
    except (SettingsError, PackInvalid):
        return None
