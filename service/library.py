"""What an installation goes by: its law packs, its playbook, its forms, as the settings choose them."""

from functools import cached_property

from domain.facts import Stage
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

GENERAL = "general"
_STAGES: dict[str, Stage] = {"supplement": "supplement", "update": "update", "final-report": "final"}


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
        of_law = rule.form.removeprefix("FL-").lower() if rule and rule.form else ""
        if of_law and (FORMS / f"{of_law}.yaml").is_file():
            return of_law
        return GENERAL if of_law else self.playbook.forms.get(stage, GENERAL)

    def stage(self, duty: str) -> Stage:
        """Say at which stage a duty's report stands: initial, unless it follows on another duty."""
        kinds = (
            follow.kind for rule in self._rules.values() for follow in rule.follow_ups if follow.duty == duty
        )
        return next((_STAGES[kind] for kind in kinds if kind in _STAGES), "initial")

    @cached_property
    def duties(self) -> dict[str, Words]:
        """Every duty towards every recipient, as papers name it: `<duty>/<authority>` → words."""
        return {
            f"{rule.id}/{recipient.authority}": duty_words(pack, rule, recipient)
            for pack in self.packs
            for rule in pack.duties
            for recipient in rule.recipients
        }

    def portal(self, authority: str) -> str:
        """Where a person files with an authority; empty where the settings do not say."""
        found = self._settings.authorities.get(authority)
        return found.portal if found else ""

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


def incident_playbook() -> Playbook | None:
    """The playbook, for naming steps and owners; None where it cannot be had, which stops no reading."""
    try:
        return Library.open().playbook
    except (SettingsError, PackInvalid):
        return None
