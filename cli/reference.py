"""The pages of `docs/reference`, written from the code that they describe."""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import typer.main
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

import domain
from cli.codes import codes
from cli.main import app
from domain.model import Happened
from domain.term import Term
from domain.vocabulary import VOCABULARY
from service.settings import ELSEWHERE, PREFIX, Settings
from workflows.search import ATTRIBUTES

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "reference"
# An option that more commands than this share is explained once.
_COMMON: Final = 5
_NOTE: Final = "<!-- Written by `make docs` from the code: change that, not this. -->"


def pages(root: Path = ROOT) -> dict[str, str]:
    """Write every page of the reference; the keys are file names in `docs/reference`."""
    return {
        "cli.md": _page("Commands", _commands()),
        "settings.md": _page("Settings", _settings()),
        "facts.md": _page("Facts", _facts()),
        "vocabulary.md": _page("What the law reads", _vocabulary()),
        "search-attributes.md": _page("Search attributes", _search_attributes()),
        "codes.md": _page("Codes", _codes(root)),
    }


def main() -> None:
    """Write the pages where they belong."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _page(title: str, lines: Iterable[str]) -> str:
    text = "\n".join((f"# {title}", "", _NOTE, "", *lines)).rstrip()
    return f"{text}\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for row in rows:
        yield f"| {' | '.join(_cell(text) for text in row)} |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sentence(text: str | None) -> str:
    """Take the first paragraph of a docstring, which says what the thing is for."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _commands() -> Iterator[str]:
    yield "Every command takes `--help`. Exit codes: see [operations](../operations.md#commands)."
    yield ""
    found = list(_walk("tocsin", typer.main.get_command(app)))
    taken = {path: [_parameter(option) for option in _shown(command)] for path, command in found}
    counts = Counter(row for rows in taken.values() for row in rows)
    common = [row for row, count in counts.items() if count > _COMMON and row[0].startswith("`-")]
    yield "## Common options"
    yield ""
    yield "Where a command takes one of these, its own list only names it."
    yield ""
    yield from _table(("option", "", "meaning"), common)
    for path, command in found:
        yield f"## {path}"
        yield ""
        yield command.help.strip().replace("\b", "").replace("\f", "") if command.help else ""
        yield ""
        own = [row for row in taken[path] if row not in common]
        if own:
            yield from _table(("takes", "", "meaning"), own)
        if shared := [row[0] for row in taken[path] if row in common]:
            yield f"Common: {', '.join(shared)}."
            yield ""


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - click's classes differ by version
    yield path, command
    inner = getattr(command, "commands", {})
    for name in sorted(inner):
        if not inner[name].hidden:
            yield from _walk(f"{path} {name}", inner[name])


def _shown(command: Any) -> Iterator[Any]:  # noqa: ANN401 - as above
    hidden = {"install_completion", "show_completion"}
    return (
        option
        for option in command.params
        if not getattr(option, "hidden", False) and option.name not in hidden
    )


def _parameter(option: Any) -> tuple[str, str, str]:  # noqa: ANN401 -- as above
    if option.param_type_name == "argument":
        called = f"`{(option.metavar or option.name).upper()}`"
    else:
        called = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    return called, "required" if option.required else "", getattr(option, "help", None) or ""


def _settings() -> Iterator[str]:
    yield "Each is an environment variable, or a name in the settings file. What has parts is one variable in"
    yield "JSON, or one for each part with `__` between: `TOCSIN_INTAKE__PORT`. How they are read, and where"
    yield "the file lies, says [service](../service.md)."
    yield ""
    for name, field in Settings.model_fields.items():
        yield f"## {PREFIX}{name}".upper()
        yield ""
        yield f"{field.description} {_default(field)}".strip()
        yield ""
        yield from _parts(field.annotation)
    yield "## Read before the settings"
    yield ""
    yield from (f"- `{name}`" for name in sorted(ELSEWHERE))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "Required."
    shown = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    plain = isinstance(shown, str | int | float) and shown != ""
    return f"Default: `{str(shown).lower() if isinstance(shown, bool) else shown}`." if plain else ""


def _parts(annotation: object) -> Iterator[str]:
    """Describe the parts of a setting that has some, wherever in its type they stand."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _table(("part", "meaning", ""), _rows(kind, ""))


def _rows(kind: type[BaseModel], before: str) -> Iterator[tuple[str, str, str]]:
    for name, field in kind.model_fields.items():
        yield f"`{before}{name}`", field.description or "", _default(field)
        for inner in get_args(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _rows(inner, f"{before}{name}__")


def _facts() -> Iterator[str]:
    yield "The types that stand in the ledger's column `type`, by the stream that they are written to."
    yield ""
    for module in pkgutil.iter_modules(domain.__path__, "domain."):
        importlib.import_module(module.name)
    kinds = sorted(_kinds(Happened), key=lambda kind: kind.__module__)
    for module_name in dict.fromkeys(kind.__module__ for kind in kinds):
        yield f"## {module_name.removeprefix('domain.')}"
        yield ""
        yield from _table(
            ("type", "meaning", "fields"),
            (
                (
                    f"`{kind.__name__}`",
                    _sentence(kind.__doc__),
                    ", ".join(f"`{name}`" for name in kind.model_fields),
                )
                for kind in kinds
                if kind.__module__ == module_name
            ),
        )


def _kinds(parent: type[Happened]) -> Iterator[type[Happened]]:
    for kind in parent.__subclasses__():
        if kind.__module__.startswith("domain."):
            yield kind
            yield from _kinds(kind)


def _vocabulary() -> Iterator[str]:
    yield "The facts that `tocsin fact set` records and that a law pack's triggers may name. One that is not"
    yield "recorded is unknown, never false; `unknown` may be recorded of each. Forms: [law](../law.md)."
    yield ""
    for scope in ("incident", "organisation"):
        yield f"## About the {scope}"
        yield ""
        terms = (term for term in VOCABULARY.values() if term.scope == scope)
        yield from _table(
            ("name", "中文", "form", "note"),
            ((f"`{term.name}`", term.zh or "", _form(term), term.note or "") for term in terms),
        )


def _form(term: Term) -> str:
    unit = f" ({term.unit})" if term.unit else ""
    values = ", ".join(f"`{value}`" for value in term.values)
    return f"{term.type}{unit}{': ' if values else ''}{values}"


def _search_attributes() -> Iterator[str]:
    yield "What Temporal's UI filters and sorts by. They are stored unencrypted, so none says anything of a"
    yield "person or a host. `tocsin init` registers exactly these."
    yield ""
    yield from _table(
        ("name", "type"),
        (
            (f"`{key.name}`", key.indexed_value_type.name.replace("_", " ").capitalize().lower())
            for key in ATTRIBUTES
        ),
    )


def _codes(root: Path) -> Iterator[str]:
    yield "A refusal is one sentence for a person and one code for a program; … stands for what differs each"
    yield "time. A code that ends in a number of the provider's (`smtp.rcpt.550`) is explained by its room's"
    yield "page."
    yield ""
    found = codes(root)
    for room in dict.fromkeys(code.room for code in found):
        yield f"## {room}"
        yield ""
        rows = ((f"`{code.code}`", f"`{code.error}`", code.sentence) for code in found if code.room == room)
        yield from _table(("code", "error", "says"), dict.fromkeys(rows))


if __name__ == "__main__":
    main()
