"""Who reads a message: a person, a child, who answers for a child, or an organisation."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal["individual", "minor", "guardian", "organisation"]
KINDS: tuple[Kind, ...] = get_args(Kind)
INDIVIDUAL, MINOR, GUARDIAN, ORGANISATION = KINDS
OTHERS: tuple[Kind, ...] = KINDS[1:]

_SEALED: Mapping[object, Kind] = {kind: kind for kind in OTHERS}
_ORGANISATION = (
    "org",
    "company",
    "business",
    "enterprise",
    "企业",
    "单位",
    "组织",
    "公司",
    "机构",
    "法人",
    "机关",
)
_NAMED: Mapping[str, Kind] = {
    "minor": MINOR,
    "未成年": MINOR,
    "未成年人": MINOR,
    "guardian": GUARDIAN,
    "监护人": GUARDIAN,
}
_YES = frozenset({"1", "y", "yes", "true", "t", "minor", "是", "有", "未成年", "未成年人"})
_NO = frozenset({"", "0", "n", "no", "false", "f", "adult", "否", "无", "成年", "成年人", "已成年"})


def kind_in(sealed: Mapping[str, object]) -> Kind:
    """Say who reads, of an opened row; one that was sealed before there were kinds is an individual's."""
    return _SEALED.get(sealed.get("kind"), INDIVIDUAL)


@lru_cache(maxsize=1024)
def kind_of(said: str, minor: str, *, guarded: bool) -> Kind | Literal["bad_minor", "contradictory_kind"]:
    """Who a row of a list is, from what its columns `kind` and `minor` say; or why it cannot be told.

    `guarded` says that a guardian stands in the row: then it is a child's, unless it says otherwise. No age
    is computed: from which age on the law asks for what is not for this code to know.
    """
    answer = minor.casefold()
    young = answer in _YES
    if not young and answer not in _NO:
        return "bad_minor"
    grown = not young and bool(answer)
    named = said.casefold()
    kind = ORGANISATION if named.startswith(_ORGANISATION) else _NAMED.get(named, INDIVIDUAL)
    if kind in {ORGANISATION, GUARDIAN}:
        return "contradictory_kind" if young or guarded else kind
    if grown:
        return "contradictory_kind" if guarded or kind == MINOR else INDIVIDUAL
    return MINOR if young or guarded or kind == MINOR else INDIVIDUAL
