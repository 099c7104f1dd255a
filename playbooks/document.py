"""A YAML file that a person edits: its data, and the line that each field stands on."""

from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any

from domain.expression import FORMS
from playbooks.composing import Node, Uncomposable, compose
from playbooks.invalid import PackInvalid

LONGEST = 1_000_000
MOST = 100_000
_DIGITS = 100
_WIDEST = 4

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
        return PackInvalid(self.path, 1 if node is None else node.line, field, sentence)

    def _text(self) -> str:
        too_long = PackInvalid(self.path, 1, "", f"the file has more than {LONGEST} characters; split it.")
        try:
            with self.path.open("rb") as file:
                content = file.read(LONGEST * _WIDEST + 1)
        except OSError as error:
            raise PackInvalid(self.path, 1, "", f"the file cannot be read: {error.strerror}.") from error
        if len(content) > LONGEST * _WIDEST:
            raise too_long
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PackInvalid(self.path, 1, "", "the file is not UTF-8; save it as UTF-8.") from error
        if len(text) > LONGEST:
            raise too_long
        return text

    def _composed(self, text: str) -> Node | None:
        try:
            return compose(text)
        except Uncomposable as error:
            raise PackInvalid(self.path, error.line, "", error.sentence) from error

    def _plain(self, node: Node, inside: tuple[int, ...]) -> Any:  # noqa: ANN401 -- YAML holds anything
        self._count += 1
        if id(node) in inside:
            raise PackInvalid(self.path, node.line, "", "an alias stands inside its own anchor.")
        if self._count > MOST:
            raise PackInvalid(self.path, node.line, "", f"the file unfolds to more than {MOST} values.")
        if node.kind == "scalar":
            return self._scalar(node)
        if node.tag not in {"", "map", "seq"}:
            raise self._meaningless(node)
        within = (*inside, id(node))
        if node.kind == "sequence":
            return [self._plain(item, within) for item in node.items]
        held: dict[str, Any] = {}
        for key, value in node.pairs:
            if key.kind != "scalar":
                raise PackInvalid(self.path, key.line, "", "a key is one word, never a list or a map.")
            if key.text in held:
                raise PackInvalid(self.path, key.line, key.text, "this key stands here twice; keep one.")
            held[key.text] = self._plain(value, within)
        return held

    def _scalar(self, node: Node) -> str | int | bool | None:
        text = node.text
        match node.tag:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" if len(text) <= _DIGITS:
                with suppress(ValueError):  # a tag may claim what the text is not
                    return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
            case "int" | "str" | "float" | "timestamp":
                return text
        raise self._meaningless(node)

    def _meaningless(self, node: Node) -> PackInvalid:
        sentence = f"the tag {node.tag} has no meaning here; leave it out."
        return PackInvalid(self.path, node.line, "", sentence)

    def _find(self, loc: Loc) -> tuple[Node | None, str]:
        """Walk as far as the location leads; tags of pydantic's unions stand in it and are passed over."""
        node, field = self._root, ""
        for step, after in zip_longest(loc, loc[1:]):
            if node is None:
                break
            if node.kind == "sequence" and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
                field += f"[{_named(node) or step}]"
            elif node.kind == "mapping" and not _is_tag(node, step, after):
                inner = node.at(str(step))
                if inner is not None:
                    node = inner
                    field += f".{step}"
        return node, field.removeprefix(".")


def _is_tag(node: Node, step: str | int, after: str | int | None) -> bool:
    """Whether a step names the form of an expression, and its field is only named by the next one."""
    return step in FORMS and after is not None and node.at(str(after)) is not None


def _named(node: Node) -> str | None:
    found = node.at("id") if node.kind == "mapping" else None
    return found.text if found is not None and found.kind == "scalar" else None
