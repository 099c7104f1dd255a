"""Templates that a lawyer edits, in a sandbox: they print what they are given and can do nothing else."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import TemplateError, TemplateSyntaxError

from playbooks.invalid import PackInvalid
from playbooks.sandbox import BoundedSandbox

TEMPLATES = Path(__file__).parent / "templates"


class TemplateFile:
    """One template; a file whose name holds `.html` escapes what it prints."""

    def __init__(self, path: Path) -> None:
        """Read and compile the file.

        Raises:
            PackInvalid: where it cannot be read or is no template, with file and line.

        """
        self.path = path
        try:
            self.source = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise PackInvalid(path, 1, "", "the file is not UTF-8; save it as UTF-8.") from error
        except OSError as error:
            raise PackInvalid(path, 1, "", f"the file cannot be read: {error.strerror}.") from error
        try:
            self._sandbox = _sandbox(html=".html" in path.suffixes)
            self._template = self._sandbox.from_string(self.source)
        except TemplateSyntaxError as error:
            raise PackInvalid(path, error.lineno, "", f"this is no template: {error.message}.") from error

    def render(self, values: Mapping[str, object]) -> str:
        """Write the template's text.

        Raises:
            PackInvalid: where it names something that it is not given, or asks for what is not allowed.

        """
        try:
            return self._sandbox.written(self._template, dict(values))
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise PackInvalid(self.path, 1, "", f"the template cannot be rendered: {error}.") from error


@cache
def _sandbox(*, html: bool) -> BoundedSandbox:
    return BoundedSandbox(html=html)
