"""The parts of the settings that say where public announcements go."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from service.settings_parts import Part, one_or_more

Contact = Annotated[str, Field(pattern=r"^(mailto:|tel:|https://)[!-~]+$")]
Contacts = Annotated[tuple[Contact, ...], NoDecode, BeforeValidator(one_or_more)]


class Bucket(Part):
    """A bucket at a provider that speaks S3."""

    endpoint: str = Field(
        description="the provider's https address without the bucket's name, such as "
        "`https://s3.oss-cn-hangzhou.aliyuncs.com`"
    )
    region: str = Field(default="us-east-1", min_length=1, description="the bucket's region")
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="the bucket's name")
    prefix: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$",
        description="folder in the bucket that everything goes into",
    )
    key_id: str = Field(min_length=1, description="access key id")
    key_secret: SecretStr = Field(min_length=1, description="access key secret")
    address: Literal["host", "path"] = Field(
        default="host",
        description="where requests name the bucket: `host`, as AWS, Aliyun OSS and Tencent COS want it, or "
        "`path`, as MinIO does",
    )
    ca_file: Path | None = Field(
        default=None, description="PEM file of authorities that are trusted beside the system's"
    )


class Announcements(Part):
    """Where public announcements are written, and where the public reads them."""

    dir: Path | None = Field(
        default=None, description="folder of the pages; default: `announcements` in the data directory"
    )
    bucket: Bucket | None = Field(
        default=None,
        description="bucket to publish in instead: `endpoint`, `region`, `name`, `prefix`, `key_id`, "
        "`key_secret`, `address`, `ca_file`",
    )
    base_url: str = Field(default="", description="public address of that folder or bucket")
    contacts: Contacts = Field(
        default=(),
        description="URIs (`mailto:`, `tel:`, `https:`) in `incident-announcements.txt`, the preferred one "
        "first; empty: the page of the latest announcement",
    )

    @model_validator(mode="after")
    def _seen(self) -> Self:
        if self.bucket and not self.base_url:
            raise ValueError("a bucket needs the base_url that the public reads it under")
        if self.bucket and self.dir:
            raise ValueError("either dir or bucket, not both")
        return self
