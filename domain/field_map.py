"""Which column of a list is which field: the names that are known anyway, and those of a mapping file."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, StringConstraints

from domain.model import Value

FieldName = Literal[
    "id",
    "name",
    "email",
    "phone",
    "im",
    "language",
    "kind",
    "contact",
    "minor",
    "guardian",
    "guardian_id",
    "guardian_email",
    "guardian_phone",
]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
ADDRESSES = frozenset({"email", "phone", "im", "guardian_email", "guardian_phone"})

DEFAULT_COLUMNS: Mapping[FieldName, tuple[str, ...]] = {
    "id": ("id", "user id", "customer id", "编号", "用户编号", "客户编号"),
    "name": ("name", "full name", "姓名", "名称"),
    "email": ("email", "e-mail", "mail", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件地址"),
    "phone": (
        "phone",
        "mobile",
        "telephone",
        "phone number",
        "手机",
        "手机号",
        "手机号码",
        "电话",
        "联系电话",
    ),
    "im": ("im", "im handle", "wecom", "企业微信"),
    "language": ("language", "lang", "locale", "语言"),
    "kind": ("kind", "主体类型"),
    "contact": ("contact person", "联系人"),
    "minor": ("minor", "未成年", "未成年人"),
    "guardian": ("guardian", "guardian name", "监护人", "监护人姓名"),
    "guardian_id": ("guardian id", "监护人编号"),
    "guardian_email": ("guardian email", "监护人邮箱"),
    "guardian_phone": ("guardian phone", "监护人手机", "监护人手机号", "监护人电话"),
}


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Heading = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Headings = Annotated[tuple[Heading, ...], Field(min_length=1, max_length=50), BeforeValidator(_one_or_more)]


class FieldMap(Value):
    """A mapping file: the columns of each field, and the country whose telephone numbers have no code."""

    fields: dict[FieldName, Headings] = Field(
        default_factory=dict,
        description="field → the column's name, or several; a field that is named here has no other columns",
    )
    region: str = Field(
        default="CN",
        pattern=r"^[A-Z]{2}$",
        description="country (ISO 3166) of telephone numbers without a country code",
    )

    @cached_property
    def headings(self) -> Mapping[FieldName, tuple[str, ...]]:
        """The columns' names of every field."""
        return {**DEFAULT_COLUMNS, **self.fields}
