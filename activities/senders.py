"""Which notifier carries a channel: a real one, or in a drill one that only records."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from notifiers.errors import Misconfigured

if TYPE_CHECKING:
    from notifiers.port import Notifier


class Senders:
    """The notifiers of this worker; a drill reaches the recording ones and no others."""

    def __init__(self, real: "Mapping[str, Notifier]", drill: "Mapping[str, Notifier]") -> None:
        self._real = dict(real)
        self._drill = dict(drill)

    def each(self, change: "Callable[[Notifier], Notifier]") -> "Senders":
        """Change every notifier that reaches the outside world."""
        return Senders({name: change(real) for name, real in self._real.items()}, self._drill)

    def paired(self) -> "Senders":
        """Give a drill's people the real notifiers: only the demo and the tests compose it so."""
        return Senders(self._real, self._real)

    def of(self, channel: str, *, drill: bool) -> "Notifier":
        """The notifier of a channel.

        Raises:
            Misconfigured: `channel.missing`, when the settings have none for it.

        """
        found = (self._drill if drill else self._real).get(channel)
        if found is None:
            raise Misconfigured(
                "channel.missing", f"no {channel} is configured for {'drills' if drill else 'use'}"
            )
        return found
