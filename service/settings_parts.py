"""The parts of the settings that have parts of their own."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

Handle = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


def one_or_more(value: object) -> object:
    """Take one word where a list of words is meant, as an environment variable would say it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(one_or_more)]
Addresses = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(one_or_more)]

Token = Annotated[SecretStr, Field(min_length=16)]
Tokens = Annotated[tuple[Token, ...], NoDecode, BeforeValidator(one_or_more)]


class Part(BaseModel):
    """A group of settings; an unknown name in it is a mistake, not a wish."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Contact(Part):
    """How a person or a role is told of an alarm, in the order email, sms, im, voice."""

    email: SecretStr | None = Field(default=None, description="e-mail address")
    sms: SecretStr | None = Field(default=None, description="mobile number, E.164")
    im: str | None = Field(default=None, description="handle of a chat group, as `TOCSIN_IM` names it")
    voice: SecretStr | None = Field(default=None, description="telephone number, E.164")
    language: Literal["zh-CN", "en"] = Field(default="zh-CN", description="language of what is told")


class AudienceSource(Part):
    """A database that may be asked who the people affected are."""

    url: SecretStr = Field(
        description="SQLAlchemy URL, of a role that may do nothing but SELECT, as "
        "`postgresql+psycopg://…`; never printed"
    )


class Budget(Part):
    """How fast a channel's provider takes messages, as its contract says."""

    per_second: float = Field(gt=0, description="messages per second for each sender (number, line, relay)")
    senders: int = Field(default=1, ge=1, description="how many of them there are")
    domains: dict[str, float] = Field(
        default_factory=dict, description="e-mail: domain → messages per second that it takes"
    )
    each_domain: float | None = Field(
        default=None, gt=0, description="e-mail: messages per second to every other domain"
    )
    refused: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share that is expected to be refused and goes to the next channel",
    )


Channel = Literal["sms", "voice", "im", "email"]
Prefix = Annotated[str, Field(pattern=r"^(\*|\+[0-9]{1,8})$")]
Money = Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9})? [A-Z]{3}$")]


class ContactWords(Part):
    """Whom authorities and the people affected may ask, in both languages."""

    zh: str = Field(default="", description="such as `联系人：数据安全办公室，电话 …`")
    en: str = Field(default="", description="such as `Contact: the data security office, telephone …`")


class Operator(Contact):
    """A person who may give commands, known by an opaque handle."""

    roles: Words = Field(default=(), description="roles this person has, as playbooks name them")


class Intake(Part):
    """Where the door listens."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="port to listen on; 0 takes a free one")
    max_body: int = Field(default=1_048_576, ge=1_024, description="largest body of a webhook, in bytes")


class Source(Part):
    """A system that may post alerts, and how its posts are read."""

    adapter: str = Field(description="how the body is read: `ocsf` or `guardduty`")
    secrets: tuple[SecretStr, ...] = Field(
        min_length=1,
        max_length=2,
        description="Standard Webhooks secrets (`whsec_…`); two while one is being replaced",
    )
    carriers: Words = Field(
        default=("eventbridge",),
        description="wrappings its findings may come in, outermost first: `eventbridge`",
    )
    ok_status: Literal[200, 202] = Field(
        default=202, description="the status that this sender takes for a yes"
    )
    drill: bool = Field(default=False, description="alerts of this source open drills")
    max_body: int | None = Field(
        default=None, ge=1_024, description="another limit than the door's, in bytes"
    )


class Bounces(Part):
    """The mailbox that bounces and complaints go to, read over IMAP."""

    host: str = Field(description="name of the IMAP server")
    port: int = Field(default=993, ge=1, le=65535, description="its port")
    tls: Literal["implicit", "starttls", "none"] = Field(
        default="implicit", description="how the line is encrypted; `none` on this machine only"
    )
    ca_file: Path | None = Field(default=None, description="PEM file of authorities, instead of the system's")
    user: str = Field(description="user name")
    password: SecretStr = Field(description="password")
    folder: str = Field(default="INBOX", min_length=1, description="folder that is read")
    every_seconds: float = Field(default=60, ge=1, le=86_400, description="pause between two looks")


class Dkim(Part):
    """Signing our mail ourselves, where the relay does not."""

    domain: str = Field(description="the domain that signs: the sender's, or one above it")
    selector: str = Field(description="under `<selector>._domainkey.<domain>` stands the public key")
    key_file: Path = Field(description="PEM file of the private key, RSA or Ed25519, mode 0600")


class Email(Part):
    """The relay that takes our mail."""

    host: str = Field(description="name of the SMTP relay")
    port: int = Field(default=587, ge=1, le=65535, description="its port")
    tls: Literal["starttls", "implicit", "none"] = Field(
        default="starttls", description="how the line is encrypted"
    )
    ca_file: Path | None = Field(default=None, description="PEM file of authorities, instead of the system's")
    user: str = Field(default="", description="user name, empty for a relay that asks for none")
    password: SecretStr = Field(default=SecretStr(""), description="password")
    sender: str = Field(description="the address our mail is from")
    sender_name: str = Field(default="", description="the name shown with it")
    reply_to: str = Field(default="", description="where answers go, if elsewhere")
    connections: int = Field(default=10, ge=1, le=200, description="connections open at most")
    return_path: str = Field(
        default="",
        description="address that bounces go to, if not the sender's; `{reference}` in it gives each message "
        "one of its own, such as `bounces+{reference}@example.com`",
    )
    bounces: Bounces | None = Field(
        default=None, description="mailbox of bounces: `host`, `port`, `tls`, `user`, `password`, …"
    )
    receipt_tokens: Tokens = Field(
        default=(),
        max_length=2,
        description="bearer tokens for `POST /receipts/email`; two while one is being replaced",
    )
    dkim: Dkim | None = Field(default=None, description="signing here: `domain`, `selector`, `key_file`")
    driver: Literal["pipelined", "aiosmtplib"] = Field(
        default="pipelined",
        description="how messages are carried: in groups where the relay offers PIPELINING, or one command "
        "at a time",
    )


class Action(Part):
    """What a step of a playbook calls by name: an EDR, an identity provider, a firewall."""

    url: str = Field(description="address that is posted to")
    undo_url: str | None = Field(default=None, description="address that takes the action back")
    token: SecretStr | None = Field(default=None, description="bearer token")


class Authority(Part):
    """How an authority takes reports; its slug is the law pack's."""

    email: SecretStr | None = Field(default=None, description="address that reports are e-mailed to")
    attach: tuple[Literal["html", "docx", "json"], ...] = Field(
        default=("html", "docx"),
        min_length=1,
        description="files that are e-mailed: `html`, `docx`, `json`",
    )
    language: Literal["zh", "en", "both"] = Field(
        default="both", description="language of those files, and of what a person files"
    )
    portal: str = Field(default="", description="the web address where a person files by hand")
    hotline: str = Field(default="", description="the telephone number where a person reads a report out")
    fax: str = Field(default="", description="the fax number")
    mini_program: str = Field(default="", description="the mini program, and where in it")
    in_person: str = Field(default="", description="the address of the office, and its hours")


class Webhook(Part):
    """An address that takes the auditor's alarms as JSON."""

    url: SecretStr = Field(description="its http or https address; it may hold a secret")
    secret: SecretStr = Field(
        default=SecretStr(""), description="Standard Webhooks secret (`whsec_…`) that signs each call"
    )
    ca_file: Path | None = Field(default=None, description="PEM file of authorities, instead of the system's")


class Auditor(Part):
    """How often the independent auditor looks, and by which ways of its own it is heard."""

    interval_seconds: float = Field(default=60, ge=1, le=3600, description="pause between two looks")
    patience_seconds: float = Field(
        default=180,
        ge=1,
        le=3600,
        description="how long the engine may take for what a fact asks of it before that is a finding",
    )
    second_look_seconds: float = Field(
        default=2, ge=0, le=60, description="pause before a suspicion is looked at again"
    )
    repeat_minutes: float = Field(
        default=30, gt=0, le=1440, description="the same finding is told again after so long"
    )
    escalate_minutes: float = Field(
        default=60, gt=0, le=10080, description="a finding that stands so long also goes to `escalate_to`"
    )
    to: Addresses = Field(default=(), description="e-mail addresses that hear of findings")
    escalate_to: Addresses = Field(default=(), description="further addresses for findings that stand long")
    language: Literal["zh-CN", "en"] = Field(default="zh-CN", description="language of what is told")
    email: Email | None = Field(
        default=None, description="SMTP relay of the auditor's own; empty: the one of `TOCSIN_EMAIL`"
    )
    im: SecretStr | None = Field(default=None, description="chat group, as an Apprise URL")
    webhook: Webhook | None = Field(default=None, description="`url`, `secret`, `ca_file`")
    heartbeat_url: SecretStr | None = Field(
        default=None, description="called after each look that found nothing, as healthchecks.io wants it"
    )
    heartbeat_fail_url: SecretStr | None = Field(
        default=None, description="called after a look with findings; empty: `heartbeat_url` with `/fail`"
    )
    ledger_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL under which the auditor reads, for a role of its own that may only "
        "SELECT; empty: the engine's",
    )

    @property
    def heard(self) -> bool:
        """Whether anybody hears of what is found."""
        return bool(self.to or self.im or self.webhook or self.heartbeat_url)


class Workers(Part):
    """How much each worker does at once."""

    decide: int = Field(default=40, ge=2, le=1000, description="workflow tasks and ledger appends at once")
    act: int = Field(
        default=20, ge=1, le=500, description="acts at once (containment, reports, referrals) at most"
    )
    mail: int = Field(default=4, ge=1, le=100, description="batches of e-mail at once")
    sms: int = Field(default=4, ge=1, le=100, description="batches of text messages, calls and chats at once")
    sms_batches_per_second: float | None = Field(
        default=None,
        gt=0,
        description="batches started per second over all workers; the last worker's word counts",
    )
    build_id: str = Field(default="", description="build id for Temporal's worker versioning; empty: off")
