"""The parts of the settings that say where the public reads."""

from pathlib import Path

from pydantic import Field, SecretStr

from service.settings_parts import Part


class Bucket(Part):
    """A bucket that speaks S3, and the key that may write to it."""

    name: str = Field(min_length=1, description="the bucket's name")
    endpoint: str = Field(
        pattern=r"^https?://[^/\s]+/?$", description="the service's address, without the bucket's name"
    )
    region: str = Field(default="us-east-1", description="the region that requests are signed for")
    key_id: str = Field(min_length=1, description="access key id; it needs to get, put and list objects")
    key_secret: SecretStr = Field(description="its secret")
    prefix: str = Field(default="", description="folder in the bucket")
    virtual_hosted: bool = Field(
        default=False, description="the bucket's name stands before the address, as at Aliyun and Tencent"
    )


class Announcements(Part):
    """Where public announcements are written, and where the public reads them."""

    dir: Path | None = Field(
        default=None, description="folder of the pages; default: `announcements` in the data directory"
    )
    bucket: Bucket | None = Field(
        default=None,
        description="S3-compatible bucket they are written to instead: `name`, `endpoint`, `key_id`, …",
    )
    base_url: str = Field(default="", description="public address of that folder or bucket")
