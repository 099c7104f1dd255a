"""POST /receipts/aliyun/{secret}: Aliyun's batches of delivery reports go into their rows.

The provider signs nothing, so the address itself holds the secret; a bearer token serves where a gateway
stands between. A report is for the row that its `out_id` names. What names none is passed over: the provider
repeats a batch as a whole, and one stranger's report must not keep all others waiting.
"""

import asyncio
import hmac
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from starlette.types import Receive, Scope, Send

from intake import answers
from intake.answers import Answer, Denied
from intake.body import JSON, Unreadable, read
from intake.ports import Ports
from intake.wire import posted, received, served
from ledger.errors import LedgerUnavailable
from ledger.port import DeliveryState, Receipt, Received

PREFIX: Final = "/receipts/aliyun"
MOST_BYTES: Final = 4 << 20

_TAKEN: Final = answers.answer(200, {"code": 0, "msg": "OK"})
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_log = logging.getLogger(__name__)


class AliyunReceipts:
    """Aliyun's HTTP batch push as a plain ASGI application; a repeat changes nothing and is a success."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one push."""
        await served(self._reply(scope, receive), receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Answer:
        head = posted(scope, MOST_BYTES)
        if not self._proven(scope["path"], head):
            raise Denied(answers.BAD_SIGNATURE, unread=True)
        try:
            reports = read(await received(receive, MOST_BYTES))
        except Unreadable:
            raise Denied(answers.MALFORMED_RECEIPT) from None
        if not isinstance(reports, list):
            raise Denied(answers.MALFORMED_RECEIPT)
        receipts = list(_receipts(reports, self._ports.clock()))
        try:
            became = await asyncio.to_thread(self._ports.deliveries.receive, receipts)
        except LedgerUnavailable as fault:
            _log.error("receipts could not be stored", extra={"code": fault.code})
            return answers.UNAVAILABLE.answer()
        strangers = len(reports) - len(receipts) + became.count(Received.NO_SUCH_ROW)
        if strangers:
            _log.warning("%d of %d reports of Aliyun's name no row", strangers, len(reports))
        return _TAKEN

    def _proven(self, path: str, head: dict[bytes, bytes]) -> bool:
        bearer = head.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        given = [path[len(PREFIX) :].lstrip("/").encode(), bearer.encode()]
        secrets = [secret.encode() for secret in self._ports.aliyun_receipt_secrets if secret]
        # Every pair is compared, so that the time taken tells nothing.
        matches = [hmac.compare_digest(mine, theirs) for mine in secrets for theirs in given]
        return any(matches)


def _receipts(reports: list[JSON], at: datetime) -> Iterator[Receipt]:
    for report in reports:
        if not isinstance(report, dict):
            continue
        reference, biz_id, success = report.get("out_id"), report.get("biz_id"), report.get("success")
        if not (isinstance(reference, str) and reference and isinstance(success, bool)):
            continue
        word = report.get("err_code")
        code = word if isinstance(word, str) and _CODE.fullmatch(word) else ""
        ref = biz_id if isinstance(biz_id, str) else ""
        yield Receipt(
            reference=reference,
            state=DeliveryState.DELIVERED if success else DeliveryState.BOUNCED,
            event_id=f"aliyun:{ref}:{code}"[:80],
            at=at,
            code=f"aliyun.{code}" if code else "",
            provider_ref=f"aliyun:{ref}"[:40] if ref else "",
        )
