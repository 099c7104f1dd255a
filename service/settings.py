"""Everything that an installation says about itself, from the environment and one file."""

import os
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

from domain.organisation import Organisation
from domain.term import FactInvalid
from service import settings_parts as parts
from service import settings_providers as providers
from service.config_file import config_file, read_config
from service.place import Place, default_data_dir, default_ledger_url
from service.settings_announcements import Announcements
from service.settings_error import SettingsError

PREFIX = "TOCSIN_"
# Read elsewhere, and therefore no mistakes: by the file finder, the CLI, the server's builder.
ELSEWHERE = frozenset({"TOCSIN_CONFIG", "TOCSIN_OPERATOR", "TOCSIN_DEBUG", "TOCSIN_CACHE_DIR"})


class Settings(BaseSettings):
    """The settings; each is a variable `TOCSIN_<NAME>`, its parts joined by `__`, maps also as JSON."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder of the ledger, the keys, the embedded Temporal server and the announcements.",
    )
    ledger_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the ledger; empty: the SQLite file `ledger.db` in the data directory.",
    )
    timezone: str = Field(
        default="",
        description="IANA zone in which times are shown, such as `Asia/Shanghai`; empty: this machine's.",
    )
    temporal_address: str | None = Field(
        default=None,
        description="`host:port` of a Temporal server; empty: `tocsin up` runs one of its own.",
    )
    temporal_namespace: str = Field(default="default", min_length=1, description="Temporal namespace.")
    temporal_tls: bool = Field(default=False, description="Whether the line to Temporal is TLS.")
    temporal_api_key: SecretStr | None = Field(
        default=None, description="API key for Temporal, where it asks for one."
    )
    codec_keys: Path | None = Field(
        default=None,
        description="File of the keys that payloads in Temporal are encrypted with; empty: `keys/codec.json` "
        "in the data directory, made by `tocsin init`.",
    )
    master_key: Path | None = Field(
        default=None,
        description="File of the key that wraps the ledger's keys; empty: `keys/master.key` in "
        "the data directory.",
    )
    public_url: str = Field(
        default="",
        description="Address under which the door is reached from outside; providers' callbacks are checked "
        "against it.",
    )
    intake: parts.Intake = Field(default=parts.Intake(), description="The door: `host`, `port`, `max_body`.")
    sources: dict[parts.Name, parts.Source] = Field(
        default_factory=dict,
        description="Systems that may post alerts: name → `adapter`, `secrets`, `drill`, `max_body`.",
    )
    organisation: dict[str, Any] = Field(
        default_factory=dict,
        description="Profile of the organisation, in the names of the vocabulary; what is left out is "
        "unknown.",
    )
    contact: parts.ContactWords = Field(
        default=parts.ContactWords(),
        description="Whom authorities and the people affected may ask, as texts say it: `zh`, `en`.",
    )
    operators: dict[parts.Handle, parts.Operator] = Field(
        default_factory=dict,
        description="People who may give commands: handle → `roles`, and how alarms reach them "
        "(`email`, `sms`, `im`, `voice`). A handle is written into the record for good: take no names.",
    )
    evidence_roles: parts.Words = Field(
        default=("evidence",),
        description="Roles whose people may open one person's record of a notification; each opening is "
        "written into the ledger. Default: `evidence`.",
    )
    roles: dict[parts.Name, parts.Contact] = Field(
        default_factory=dict,
        description="Further addresses that are told when a role is alarmed, such as a team's mailbox.",
    )
    email: parts.Email | None = Field(
        default=None,
        description="SMTP relay: `host`, `port`, `tls`, `ca_file`, `user`, `password`, `sender`, "
        "`sender_name`, `reply_to`, `connections`, `driver`, "
        "`return_path`, `bounces`, `receipt_tokens`, `dkim`.",
    )
    sms: providers.Twilio | None = Field(
        default=None,
        description="Twilio account for text messages: `sid`, `token`, `sender`, `api_base`, "
        "`concurrency`, `driver`, `settle_seconds`.",
    )
    sms_aliyun: providers.Aliyun | None = Field(
        default=None,
        description="Aliyun account for text messages: `key_id`, `key_secret`, `sign_name`, `templates`, "
        "`receipt_secret`, `api_base`, `batch`, `concurrency`, `settle_seconds`.",
    )
    sms_routes: tuple[providers.SmsRoute, ...] = Field(
        default=(),
        description="Which provider sends to which numbers: a list of `prefix` and `providers`, the longest "
        "prefix holds; empty: +86 to Aliyun and the rest to Twilio, as far as they are set up.",
    )
    voice: providers.Twilio | None = Field(
        default=None, description="Twilio account for calls, as for `sms`."
    )
    im: dict[parts.Name, SecretStr] = Field(
        default_factory=dict,
        description="Chat groups: handle → Apprise URL, which holds the group's secret.",
    )
    wecom: providers.Wecom | None = Field(
        default=None,
        description="WeCom application that writes to persons by their member ids: `corp_id`, `agent_id`, "
        "`secret`, `api_base`, `concurrency`.",
    )
    actions: dict[parts.Name, parts.Action] = Field(
        default_factory=dict,
        description="What automatic steps call: name → `url`, `undo_url`, `token`.",
    )
    audience_sources: dict[parts.Name, parts.AudienceSource] = Field(
        default_factory=dict,
        description="Databases that `tocsin notify plan --source` may ask who is affected: name → `url`.",
    )
    budgets: dict[parts.Channel, parts.Budget] = Field(
        default_factory=dict,
        description="What each channel's provider takes, for the plan of a notification and for all workers: "
        "channel → `per_second`, `senders`, `domains`, `each_domain`, `refused`.",
    )
    prices: dict[parts.Channel, dict[parts.Prefix, parts.Money]] = Field(
        default_factory=dict,
        description="What a segment of a text message, a call or a mail costs, for the plan of a "
        "notification: channel → beginning of the number, or `*` → `0.045 CNY`.",
    )
    authorities: dict[parts.Name, parts.Authority] = Field(
        default_factory=dict,
        description="How authorities take reports: slug → `email`, `portal`.",
    )
    announcements: Announcements = Field(
        default=Announcements(),
        description="Public announcements: `dir` or `bucket`, `base_url`, `contacts`.",
    )
    browser: Path | None = Field(
        default=None,
        description="Chromium or Chrome that takes pictures of public pages; empty: the first on the PATH.",
    )
    packs_dir: Path | None = Field(
        default=None, description="Folder of law packs; empty: those that come with Tocsin."
    )
    playbooks_dir: Path | None = Field(
        default=None, description="Folder of playbooks; empty: those that come with Tocsin."
    )
    playbook: Path | None = Field(
        default=None,
        description="File of the playbook for what no other is chosen for; empty: `data-leak` of the folder.",
    )
    playbook_by_class: dict[str, str] = Field(
        default_factory=dict,
        description="Which playbook an alert's class opens an incident with: class → playbook, such as "
        "`malware` → `ransomware`.",
    )
    auditor: parts.Auditor = Field(
        default=parts.Auditor(),
        description="The independent auditor: how often it looks, and by which ways of its own it is heard.",
    )
    workers: parts.Workers = Field(
        default=parts.Workers(),
        description="Slots of the workers: `decide`, `act`, `mail`, `sms`, `sms_batches_per_second`, "
        "`build_id`.",
    )

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key if value else value
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("it is no IANA time zone such as Asia/Shanghai") from error

    @field_validator("organisation")
    @classmethod
    def _organisation(cls, value: dict[str, Any]) -> dict[str, Any]:
        try:
            Organisation.read(value)
        except FactInvalid as error:
            raise ValueError(error.sentence) from error
        return value

    @property
    def place(self) -> Place:
        """Where this installation lives."""
        url = self.ledger_url.get_secret_value() or default_ledger_url(self.data_dir)
        return Place(data_dir=self.data_dir, ledger_url=url, timezone=self.timezone)

    @property
    def codec_file(self) -> Path:
        """The file of the payload keys."""
        return self.codec_keys or self.data_dir / "keys" / "codec.json"

    @property
    def master_file(self) -> Path:
        """The file of the ledger's master key."""
        return self.master_key or self.data_dir / "keys" / "master.key"

    @property
    def announcements_dir(self) -> Path:
        """The folder of the public pages."""
        return self.announcements.dir or self.data_dir / "announcements"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the hook's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a .env file of the present folder is no setting
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no folder of secrets either
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the environment first, then the file, which `load` hands in."""
        return env_settings, init_settings


def load() -> Settings:
    """Read the settings from the environment and the settings file; the environment wins.

    Raises:
        SettingsError: with one sentence that names the variable and prints no value.

    """
    directory = os.environ.get("TOCSIN_DATA_DIR")
    file = config_file(Path(directory).expanduser() if directory else default_data_dir())
    config = read_config(file) if file else {}
    try:
        return Settings(**config)
    except UnreadableVariable as error:
        sentence = f"{_unreadable(error)} is not valid JSON."
    except ValidationError as error:
        sentence = _sentence(error)
    # Raised out here, because the chain of causes may hold the values.
    raise SettingsError("settings.invalid", sentence)


def strangers() -> tuple[str, ...]:
    """Name the variables that begin as ours do and that no setting reads: mistypings, most likely."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | ELSEWHERE
    ours = (name.upper() for name in os.environ if name.upper().startswith(PREFIX))
    return tuple(sorted(name for name in ours if name not in known and name.split("__")[0] not in known))


def _unreadable(error: UnreadableVariable) -> str:
    """Name the variable of a source's complaint, whose own words begin with the field's name in quotes."""
    found = re.search(r'field "([a-z_]+)"', str(error))
    return f"{PREFIX}{found[1]}".upper() if found else "A setting"


def _sentence(error: ValidationError) -> str:
    first, *others = error.errors(include_input=False, include_url=False, include_context=False)
    variable, *path = [str(part) for part in first["loc"]]
    more = f" ({len(others)} more settings are wrong as well.)" if others else ""
    if path and path[-1] == "[key]":
        return (
            f"{PREFIX}{variable}".upper()
            + f" has a name in it with more than letters, digits, - and _.{more}"
        )
    name = PREFIX + "__".join((variable, *path)).upper()
    match first["type"]:
        case "missing":
            what = "is missing; it is needed as soon as its group is set"
        case "extra_forbidden":
            what = "is no setting; docs/reference/settings.md lists them"
        case _:
            words = first["msg"].removeprefix("Value error, ").rstrip(".")
            what = f"cannot be used: {words[:1].lower()}{words[1:]}"
    return f"{name} {what}.{more}"
