"""A sign of life to somebody outside, who raises the alarm when it stays away."""

from notifiers.http_line import Address, HttpLine, check


class Heartbeat(HttpLine):
    """A dead man's switch in the manner of healthchecks.io: its URL is called when all is well.

    Another URL, by default the same with `/fail`, is called when it is not. Either takes a short text.

    Raises:
        Misconfigured: on construction, for an address that cannot serve.

    """

    def __init__(self, address: Address, fail_url: str = "") -> None:
        super().__init__(address)
        self._fail_url = fail_url or f"{address.url.rstrip('/')}/fail"
        check(self._fail_url)

    async def beat(self, text: str, *, well: bool) -> None:
        """Give the sign.

        Raises:
            NotifierError: it was not taken, or nobody can tell.

        """
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        await self.post(text.encode(), headers, "" if well else self._fail_url)
