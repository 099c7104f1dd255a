"""The parts of the settings that describe providers of text messages, calls and chats."""

import re
from datetime import date
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from service.settings_parts import Part, Words


class Twilio(Part):
    """An account at Twilio, for text messages or calls."""

    sid: str = Field(description="account SID")
    token: SecretStr = Field(description="auth token; also checks the signature of status callbacks")
    sender: str = Field(description="the number (E.164) or messaging service SID our messages are from")
    api_base: str | None = Field(
        default=None, description="another address than Twilio's, for tests and drills"
    )
    concurrency: int = Field(default=16, ge=1, le=500, description="requests under way at most")
    driver: Literal["direct", "twilio"] = Field(
        default="direct",
        description="how text messages are handed over: by requests of our own, or by Twilio's library, as "
        "calls always are",
    )
    settle_seconds: int = Field(
        default=900, ge=0, description="how long a message may exist without being listed by the provider"
    )


class Wecom(Part):
    """An application of the organisation's own in WeCom, which writes to persons."""

    corp_id: str = Field(min_length=1, description="the organisation's id (CorpID)")
    agent_id: int = Field(ge=1, description="the application's id (AgentId)")
    secret: SecretStr = Field(description="the application's secret")
    api_base: str | None = Field(
        default=None, description="another address than WeCom's, for tests and drills"
    )
    concurrency: int = Field(default=8, ge=1, le=100, description="requests under way at most")


class AliyunTemplate(Part):
    """An SMS template at Aliyun, and how far its approval is."""

    code: str = Field(pattern=r"^[A-Z0-9_]{3,40}$", description="its code there, such as `SMS_123456`")
    state: Literal["pending", "approved", "rejected"] = Field(
        default="pending", description="only an approved one is used"
    )
    decided: date | None = Field(
        default=None, description="the day of the approval, without which none is used"
    )
    params: dict[str, str] = Field(
        default_factory=dict,
        description="what each variable is filled with; `{name}` stands for the person's name",
    )
    nameless: str = Field(default="用户", description="said in place of a name that is not known")
    also: list[Literal["guardian", "organisation"]] = Field(
        default_factory=list,
        description="whom its wording fits besides individuals and minors; others need one of their own",
    )


class Aliyun(Part):
    """An account at Aliyun SMS."""

    key_id: str = Field(min_length=1, description="access key id")
    key_secret: SecretStr = Field(description="access key secret")
    sign_name: str = Field(min_length=1, description="the approved signature, without its brackets")
    templates: dict[str, AliyunTemplate] = Field(
        default_factory=dict,
        description="message, or `message/zh` and `message/en`, with `/minor`, `/guardian` or "
        "`/organisation` behind it for one kind of reader → `code`, `state`, `decided`, `params`, "
        "`nameless`, `also`; alarms are the message `alarm`",
    )
    receipt_secret: SecretStr = Field(
        default=SecretStr(""),
        description="secret at the end of the address of HTTP batch push, `…/receipts/aliyun/<secret>`; "
        "empty: reports are not taken",
    )
    api_base: str | None = Field(
        default=None, description="another address than Aliyun's, for tests and drills"
    )
    batch: int = Field(
        default=1,
        ge=1,
        le=100,
        description="people per request; above 1 reports no longer name a row, and a doubtful message "
        "cannot be looked up",
    )
    concurrency: int = Field(default=16, ge=1, le=500, description="requests under way at most")
    settle_seconds: int = Field(
        default=900, ge=0, description="how long a message may exist without being listed by the provider"
    )

    @field_validator("receipt_secret")
    @classmethod
    def _guessable(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9_-]{24,}", value.get_secret_value()):
            raise ValueError("it needs 24 or more letters, digits, - and _")
        return value


class SmsRoute(Part):
    """Which providers send to numbers that begin alike."""

    prefix: str = Field(default="", pattern=r"^(\+[0-9]{1,15})?$", description="`+86`; empty: all others")
    providers: Words = Field(min_length=1, description="`twilio`, `aliyun`; the second takes over")
