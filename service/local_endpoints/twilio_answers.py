"""What Twilio answers when something is wrong, with the request or with itself."""

from collections.abc import Callable

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from service.local_endpoints.twilio_fault import ProviderFault, Turn

_MAX_BODY = 1600
_DIGITS = (8, 15)

NOT_TAKEN = frozenset({Turn.THROTTLED, Turn.BROKEN, Turn.SILENT, Turn.REFUSED, Turn.MOVED})


def not_taken(fault: ProviderFault) -> Response:
    """Answer a request that creates nothing, as the script says."""
    if fault.turn is Turn.THROTTLED:
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        return error(429, 20429, "Too Many Requests", wait)
    if fault.turn is Turn.REFUSED:
        return error(fault.status, fault.code, "refused as the script says")
    if fault.turn is Turn.SILENT:
        return Silent()
    if fault.turn is Turn.MOVED:
        return RedirectResponse("http://127.0.0.1:9/", status_code=307)
    return error(500, 20500, "Internal Server Error")


def wrong(kind: str, form: dict[str, str]) -> Response | None:
    """Answer a request that Twilio would find fault with; None where it would not."""
    number = form.get("To", "")
    low, high = _DIGITS
    if not (number.startswith("+") and number[1:].isdigit() and low <= len(number) - 1 <= high):
        return error(400, 21211, f"Invalid 'To' Phone Number: {number}")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        return error(400, 21603, "A 'From' phone number is required.")
    if kind == "Messages" and not form.get("Body"):
        return error(400, 21602, "Message body is required.")
    if len(form.get("Body", "")) > _MAX_BODY:
        return error(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    return None


def error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """Write an error in Twilio's envelope."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status_code=status, headers=headers)


class Silent(Response):
    """Never answers; ends when the caller hangs up or the server stops."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's form
        """Wait for the caller to go."""
        while (await receive())["type"] != "http.disconnect":
            pass


class Cut(Response):
    """Promises more than it sends, and goes away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's form
        """Send the beginning of an answer."""
        headers = [(b"content-length", b"900"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"sid": "SM', "more_body": True})


AFTER: dict[Turn | None, Callable[[], Response]] = {
    Turn.BROKEN_AFTER: lambda: error(500, 20500, "Internal Server Error"),
    Turn.SILENT_AFTER: Silent,
    Turn.CUT_AFTER: Cut,
    Turn.GARBLED_AFTER: lambda: Response("<html>not JSON", status_code=201),
}
