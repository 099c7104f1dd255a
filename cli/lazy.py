"""Commands that are imported when they are asked for: a list must not wait for what a worker needs."""

import importlib
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import typer.main
from typer.core import TyperGroup


class Modules(MutableMapping[str, Any]):
    """Commands by name, each loaded from `module` or `module:command` at its first use."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = dict(table)
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - typer's own command classes differ by version
        if name not in self._loaded:
            module, _, inner = self._table[name].partition(":")
            command = typer.main.get_command(importlib.import_module(module).app)
            # An application of one command is that command itself.
            several = getattr(command, "commands", None)
            found = several[inner] if inner and several else command
            found.name = name
            self._loaded[name] = found
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:  # noqa: ANN401 - as above
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._table, *self._loaded)))

    def __len__(self) -> int:
        return len({*self._table, *self._loaded})


def lazily(table: Mapping[str, str], parent: type[TyperGroup] = TyperGroup) -> type[TyperGroup]:
    """Make a group whose commands stand in a table: name → `module` or `module:command`."""

    class Lazily(parent):  # type: ignore[misc, valid-type] # a parent chosen at run time
        def __init__(self, **attrs: Any) -> None:  # noqa: ANN401 - whatever the group takes
            super().__init__(**{**attrs, "commands": Modules(table)})

        def list_commands(self, ctx: typer.Context) -> list[str]:  # noqa: ARG002 - the signature is typer's
            return list(self.commands)

    return Lazily


def group(table: Mapping[str, str], help: str) -> typer.Typer:  # noqa: A002 - typer's own word for it
    """Make a Typer application of a table."""
    app = typer.Typer(cls=lazily(table), help=help, no_args_is_help=True, add_completion=False)
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """A group does nothing by itself."""
