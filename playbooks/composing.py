"""YAML 1.2 text as nodes with their lines, read by libyaml: a list of packs must not wait for a slow parser.

The events are composed here, one after the other and never by recursion, so that no nesting can exhaust
the stack; and plain scalars are resolved by the core schema of YAML 1.2, where `yes` and `on` are texts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import yaml

DEEPEST = 100
_TAG = "tag:yaml.org,2002:"
_CORE = (
    ("null", re.compile(r"~|null|Null|NULL|")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("int", re.compile(r"[-+]?[0-9][0-9_]*|0o[0-7]+|0x[0-9a-fA-F]+")),
)
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Kind = Literal["scalar", "sequence", "mapping"]


class Uncomposable(ValueError):  # noqa: N818 -- what is wrong is the text that was handed in
    """A text that is no YAML, with the line and what would be right."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


@dataclass(slots=True, eq=False)
class Node:
    """One value as it stands in the file; `tag` is that of a scalar, without YAML's own prefix."""

    kind: Kind
    line: int
    tag: str = ""
    text: str = ""
    items: "list[Node]" = field(default_factory=list)

    @property
    def pairs(self) -> "Iterator[tuple[Node, Node]]":
        """The keys of a mapping with their values."""
        return zip(self.items[::2], self.items[1::2], strict=True)

    def at(self, key: str) -> "Node | None":
        """Find the value under a key of a mapping."""
        return next((value for name, value in self.pairs if name.text == key), None)


def compose(text: str) -> Node | None:
    """Read one document; None where there is none.

    Raises:
        Uncomposable: the text is no YAML, holds several documents, or is nested too deeply.

    """
    try:
        return _composed(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The end of the text stands on a line of its own there.
        line = min(mark.line, text.count("\n")) + 1 if mark else 1
        raise Uncomposable(line, f"this is no YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        # The reader of characters knows no lines.
        place = getattr(error, "position", 0)
        line = text.encode()[:place].count(b"\n") + 1
        raise Uncomposable(line, "this is no YAML: a character is not allowed.") from error


def _composed(text: str) -> Node | None:
    # The roots are held like the items of a list, so that every node has a place to stand in.
    roots = Node("sequence", 1)
    open_ = [roots]
    anchors: dict[str, Node] = {}
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            open_.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, anchors)
            open_[-1].items.append(node)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append(node)
            if len(open_) > DEEPEST:
                raise Uncomposable(node.line, f"this is nested more than {DEEPEST} levels deep.")
            if len(roots.items) > 1:
                raise Uncomposable(node.line, "the file holds more than one document; keep one.")
    return roots.items[0] if roots.items else None


def _node(event: yaml.NodeEvent, anchors: dict[str, Node]) -> Node:
    line = event.start_mark.line + 1 if event.start_mark else 1
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise Uncomposable(line, f"there is no anchor called {event.anchor}.")
        return anchors[event.anchor]
    if isinstance(event, yaml.ScalarEvent):
        node = Node("scalar", line, _tag(event), event.value)
    else:
        tag = str(getattr(event, "tag", None) or "").removeprefix(_TAG)
        node = Node("sequence" if isinstance(event, yaml.SequenceStartEvent) else "mapping", line, tag)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


def _tag(event: yaml.ScalarEvent) -> str:
    if event.tag is not None and event.tag != "!":
        return str(event.tag).removeprefix(_TAG)
    if event.style in {"'", '"', "|", ">"} or event.tag == "!":
        return "str"
    return next((tag for tag, form in _CORE if form.fullmatch(event.value)), "str")
