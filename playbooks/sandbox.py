"""A Jinja sandbox in which a loop ends and a repeat has a size, whatever the template says."""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from jinja2 import StrictUndefined, Template, TemplateRuntimeError, TemplateSyntaxError, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

Item = TypeVar("Item")

# A thousand times what the longest template of ours needs.
MOST_TURNS = 100_000
MOST_CHARACTERS = 1_000_000
MOST_POWER = 64
# They write as much as a number says: `"x".ljust(10**9)`.
_PADDING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map"})
_PADDING_FILTERS = ("center", "format", "indent")
_turns: ContextVar[list[int]] = ContextVar("turns")


class TooMuch(TemplateRuntimeError):  # noqa: N818 - one plain word for what happened
    """The template loops, repeats or writes more than any message needs."""


class BoundedSandbox(ImmutableSandboxedEnvironment):
    """Counts the turns of all loops and calls of one rendering, and looks at what is multiplied."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self, *, html: bool) -> None:
        super().__init__(autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.filters["counted"] = _counted
        for name in _PADDING_FILTERS:
            del self.filters[name]

    def written(self, template: Template, values: dict[str, Any]) -> str:
        """Render a template.

        Raises:
            TooMuch: it does not end in time, or writes too much.

        """
        token = _turns.set([MOST_TURNS])
        parts: list[str] = []
        size = 0
        try:
            for part in template.generate(values):
                parts.append(part)
                size += len(part)
                if size > MOST_CHARACTERS:
                    raise TooMuch(f"it writes more than {MOST_CHARACTERS:,} characters")
        except RecursionError:
            raise TooMuch("a macro calls itself without an end") from None
        finally:
            _turns.reset(token)
        return "".join(parts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - whatever a template multiplies
        """Multiply, unless the product would fill the memory."""
        if operator == "%" and isinstance(left, str):
            raise TooMuch("% on a text writes as much as it is told; print the value instead")
        if operator == "**" and abs(right) > MOST_POWER:
            raise TooMuch(f"a power above {MOST_POWER}")
        for many, times in ((left, right), (right, left)):
            if operator == "*" and hasattr(many, "__len__") and len(many) * times > MOST_CHARACTERS:
                raise TooMuch(f"a repeat of more than {MOST_CHARACTERS:,}")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401 - as Jinja asks
        """Say whether a template may have it; what pads a text it may not."""
        return not (isinstance(obj, str) and attr in _PADDING) and super().is_safe_attribute(obj, attr, value)

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as Jinja asks
        """Call what a template calls; each call is a turn."""
        _turn()
        return super().call(context, obj, *args, **kwargs)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        for loop in list(source.find_all(nodes.For)):
            if loop.recursive:
                raise TemplateSyntaxError("a loop may not be recursive", loop.lineno)
            counted = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
            counted.set_environment(self)
            loop.iter = counted
        return super()._generate(source, name, filename, defer_init)


def _counted(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        _turn()
        yield item


def _turn() -> None:
    left = _turns.get([MOST_TURNS])
    left[0] -= 1
    if left[0] < 0:
        raise TooMuch(f"its loops take more than {MOST_TURNS:,} turns")
