"""A YAML file that a person edits: its data, and the line that each field stands on."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from domain.expression import FORMS
from playbooks.invalid import PackInvalid

LONGEST = 1_000_000
MOST = 100_000
_TAG = "tag:yaml.org,2002:"

Loc = tuple[str | int, ...]


class Document:
    """One YAML 1.2 file, read once; decimals, dates and instants stay texts, so that nothing is rounded."""

    def __init__(self, path: Path) -> None:
        """Read and parse the file.

        Raises:
            PackInvalid: where it cannot be read, is no YAML, or says a key twice.

        """
        self.path = path
        self._count = 0
        self._root = self._composed(self._text())
        self.data: Any = None if self._root is None else self._plain(self._root, ())

    def invalid(self, loc: Loc, sentence: str) -> PackInvalid:
        """Say what is wrong with the field at a location that pydantic names."""
        node, field = self._find(loc)
        return PackInvalid(self.path, 1 if node is None else _line(node), field, sentence)

    def _text(self) -> str:
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise PackInvalid(self.path, 1, "", "the file is not UTF-8; save it as UTF-8.") from error
        except OSError as error:
            raise PackInvalid(self.path, 1, "", f"the file cannot be read: {error.strerror}.") from error
        if len(text) > LONGEST:
            raise PackInvalid(self.path, 1, "", f"the file has more than {LONGEST} characters; split it.")
        return text

    def _composed(self, text: str) -> Node | None:
        try:
            root: Node | None = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = 1 if mark is None else mark.line + 1
            raise PackInvalid(self.path, line, "", f"this is no YAML: {error.problem}.") from error
        except ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise PackInvalid(self.path, line, "", "this is no YAML: a character is not allowed.") from error
        return root

    def _plain(self, node: Node, inside: tuple[int, ...]) -> Any:  # noqa: ANN401 -- YAML holds anything
        self._count += 1
        if id(node) in inside:
            raise PackInvalid(self.path, _line(node), "", "an alias stands inside its own anchor.")
        if self._count > MOST:
            raise PackInvalid(self.path, _line(node), "", f"the file unfolds to more than {MOST} values.")
        within = (*inside, id(node))
        if isinstance(node, SequenceNode):
            return [self._plain(item, within) for item in node.value]
        if not isinstance(node, MappingNode):
            return self._scalar(node)
        held: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in held:
                raise PackInvalid(self.path, _line(key), name, "this key stands here twice; keep one.")
            held[name] = self._plain(value, within)
        return held

    def _scalar(self, node: Node) -> str | int | bool | None:
        text = str(node.value)
        kind = str(node.tag).removeprefix(_TAG)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return int(text, 0) if text.lstrip("+-")[:2].lower() in {"0x", "0o"} else int(text)
        if kind not in {"str", "float", "timestamp"}:
            raise PackInvalid(
                self.path, _line(node), "", f"the tag {node.tag} has no meaning here; leave it out."
            )
        return text

    def _find(self, loc: Loc) -> tuple[Node | None, str]:
        """Walk as far as the location leads; tags of pydantic's unions stand in it and are passed over."""
        node, field = self._root, ""
        for step, after in zip_longest(loc, loc[1:]):
            if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                field += f"[{_named(node) or step}]"
            elif isinstance(node, MappingNode) and not _is_tag(node, step, after):
                inner = next((value for key, value in node.value if key.value == step), None)
                if inner is not None:
                    node = inner
                    field += f".{step}"
        return node, field.removeprefix(".")


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _is_tag(node: MappingNode, step: str | int, after: str | int | None) -> bool:
    """Whether a step names the form of an expression, and its field is only named by the next one."""
    return step in FORMS and any(key.value == after for key, _ in node.value)


def _named(node: Node) -> str | None:
    if not isinstance(node, MappingNode):
        return None
    return next(
        (
            str(value.value)
            for key, value in node.value
            if key.value == "id" and isinstance(value, ScalarNode)
        ),
        None,
    )
