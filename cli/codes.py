"""Every code that an error of ours can carry, read from the source itself."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

ROOMS: Final = (
    "domain",
    "playbooks",
    "workflows",
    "activities",
    "notifiers",
    "ledger",
    "intake",
    "cli",
    "service",
)
_ROOTS: Final = frozenset({"Exception", "ValueError", "RuntimeError", "OSError"})


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """A code, the error that carries it, the room it comes from, and what is said with it.

    In `sentence`, `…` stands for what differs each time; where the words come from elsewhere, it is what the
    error means.
    """

    room: str
    error: str
    code: str
    sentence: str = ""


def codes(root: Path) -> tuple[Code, ...]:
    """Find the codes that stand as plain text in the rooms under `root`.

    A code stands in a class attribute `code`, or is handed to an error whose constructor has a parameter
    of that name. One that is put together at run time (`smtp.rcpt.550`) is not found: its room's page
    gives the form.
    """
    trees = [
        (room, ast.parse(path.read_text(encoding="utf-8"), str(path)))
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
    ]
    classes = [
        (room, node) for room, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    places = _places([node for _, node in classes])
    found = {code for room, tree in trees for code in _in(room, tree, places)}
    return tuple(sorted(_explained(found, classes)))


def _explained(found: Iterable[Code], classes: Iterable[tuple[str, ast.ClassDef]]) -> Iterator[Code]:
    """Let an error's own docstring speak where the code stands without a sentence anywhere in its room."""
    meanings = {(room, cls.name): (ast.get_docstring(cls) or "").partition("\n")[0] for room, cls in classes}
    anywhere = {name: meaning for (_, name), meaning in meanings.items()}
    said = {(code.room, code.code) for code in found if code.sentence}
    for code in found:
        if code.sentence:
            yield code
        elif (code.room, code.code) not in said:
            meaning = meanings.get((code.room, code.error)) or anywhere.get(code.error, "")
            yield replace(code, sentence=meaning)


def _places(classes: Sequence[ast.ClassDef]) -> dict[str, int]:
    """Say for each error class of ours at which place its constructor takes the code; -1 for none."""
    places: dict[str, int] = {}
    grown = True
    while grown:
        grown = False
        for cls in classes:
            bases = {_name(base) for base in cls.bases}
            if cls.name in places or not bases & (_ROOTS | places.keys()):
                continue
            inherited = max((places[base] for base in bases & places.keys()), default=-1)
            places[cls.name] = _own_place(cls, inherited)
            grown = True
    return places


def _own_place(cls: ast.ClassDef, inherited: int) -> int:
    for part in cls.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            names = [argument.arg for argument in part.args.args[1:]]
            return names.index("code") if "code" in names else -1
    return inherited


def _in(room: str, tree: ast.AST, places: dict[str, int]) -> Iterator[Code]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in places:
            yield from (Code(room, node.name, code) for code in _attribute(node.body))
        elif isinstance(node, ast.Call) and (name := _name(node.func)) in places:
            place = places[name]
            handed = node.args[place : place + 1] if place >= 0 else []
            handed = [*handed, *(word.value for word in node.keywords if word.arg == "code")]
            said = _said([*node.args, *(word.value for word in node.keywords)])
            yield from (Code(room, name, code, said) for argument in handed for code in _texts(argument))


def _attribute(body: Sequence[ast.stmt]) -> Iterator[str]:
    for part in body:
        if isinstance(part, ast.Assign | ast.AnnAssign):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            if any(_name(target) == "code" for target in targets):
                yield from _texts(part.value)


def _texts(node: ast.AST | None) -> Iterator[str]:
    """Give the plain texts an expression can be: itself, or either branch of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


def _said(handed: Sequence[ast.expr]) -> str:
    """Find the sentence among what an error is made with: the first text that has a space in it."""
    return next((text for text in map(_template, handed) if " " in text), "")


def _template(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_template(part) or "…" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (_template(left) or "…") + (_template(right) or "…")
        case ast.IfExp(body=body):
            return _template(body)
        case _:
            return ""


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
