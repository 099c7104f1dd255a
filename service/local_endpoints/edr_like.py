"""An EDR-like endpoint: isolates and releases what it is told to, once per idempotency key."""

import asyncio
import hashlib
import json
from collections import Counter
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.local_endpoints.local_server import LocalServer


class EdrLike:
    """The endpoint: POST `/contain` and `/release`, GET `/state`.

    The same `Idempotency-Key` with the same body gets the first answer again and is not carried out again;
    with another body it gets 422. `isolated` holds the targets that are cut off now, `carried_out` counts
    acts. `failing` is a list of statuses to answer before anything else, one per request; 0 is silence, and
    a negative status is answered after the act was carried out.
    """

    def __init__(self, *, bearer: str = "", failing: tuple[int, ...] = (), port: int = 0) -> None:
        self.bearer = bearer
        self.failing = list(failing)
        self.isolated: set[str] = set()
        self.carried_out: Counter[str] = Counter()
        self.requests: list[dict[str, str]] = []
        self._answers: dict[str, tuple[str, dict[str, str]]] = {}
        self.app = Starlette(
            routes=[
                Route("/contain", self._contain, methods=["POST"]),
                Route("/release", self._release, methods=["POST"]),
                Route("/state", self._state),
            ],
        )
        self._server = LocalServer(self.app, port)

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return self._server.url

    async def start(self) -> None:
        """Serve from now on."""
        await self._server.start()

    async def stop(self) -> None:
        """End."""
        await self._server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _contain(self, request: Request) -> Response:
        return await self._acted(request, "contain")

    async def _release(self, request: Request) -> Response:
        return await self._acted(request, "release")

    async def _state(self, _: Request) -> Response:
        return JSONResponse({"isolated": sorted(self.isolated), "carried_out": dict(self.carried_out)})

    async def _acted(self, request: Request, verb: str) -> Response:
        body = await request.body()
        self.requests.append(dict(request.headers))
        if self.bearer and request.headers.get("authorization") != f"Bearer {self.bearer}":
            return JSONResponse({"error": "unauthorized"}, status_code=401)
        failing = self.failing.pop(0) if self.failing else None
        if failing == 0:
            await asyncio.Event().wait()
        if failing is not None and failing > 0:
            return JSONResponse(
                {"error": "as the script says"}, status_code=failing, headers={"Retry-After": "5"}
            )
        answer = self._once(request.headers.get("idempotency-key", ""), verb, body)
        if failing is not None:
            return JSONResponse({"error": "after the act"}, status_code=-failing)
        return answer

    def _once(self, key: str, verb: str, body: bytes) -> Response:
        if not key:
            return JSONResponse({"error": "an Idempotency-Key is required"}, status_code=400)
        hashed = hashlib.sha256(verb.encode() + b"\n" + body).hexdigest()
        before = self._answers.get(key)
        if before is not None:
            same, answer = before
            if same != hashed:
                return JSONResponse({"error": "the key was used for another order"}, status_code=422)
            return JSONResponse(answer, headers={"Idempotent-Replayed": "true"})
        target = str(json.loads(body).get("target", ""))
        (self.isolated.add if verb == "contain" else self.isolated.discard)(target)
        self.carried_out[verb] += 1
        answer = {"job": f"job-{len(self._answers) + 1}", "verb": verb, "state": "done"}
        self._answers[key] = (hashed, answer)
        return JSONResponse(answer, status_code=201)
