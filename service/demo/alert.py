"""The alert that starts the demo: an OCSF detection finding of our own, signed and posted as a SIEM would."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

import httpx

SOURCE: Final = "siem-demo"
_PATIENCE_S: Final = 30


def finding(at: datetime) -> dict[str, Any]:
    """Write a detection finding (OCSF class 2004): many rows read by an account that never read any."""
    instant = int(at.timestamp() * 1000)
    return {
        "activity_id": 1,
        "category_uid": 2,
        "class_uid": 2004,
        "type_uid": 200401,
        "severity_id": 4,
        "severity": "High",
        "status_id": 1,
        "time": instant,
        "message": "Bulk read of the customer table by a service account",
        "metadata": {
            "version": "1.4.0",
            "product": {"name": "Demo SIEM", "vendor_name": "Tocsin"},
        },
        "finding_info": {
            "uid": f"demo-{instant}",
            "title": "Bulk read of the customer table by a service account",
            "created_time": instant,
            "analytic": {"uid": "DB-EXFIL-001", "type_id": 1},
        },
        "resources": [{"uid": "db-customers-01", "type": "database"}],
    }


async def post(door: str, secret: str, body: bytes) -> dict[str, Any]:
    """Post a body by Standard Webhooks and return the door's answer.

    Raises:
        httpx.HTTPStatusError: the door did not take it.

    """
    name, stamp = f"msg_{hashlib.sha256(body).hexdigest()[:24]}", str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    async with httpx.AsyncClient(timeout=_PATIENCE_S, trust_env=False) as client:
        answer = await client.post(f"{door}/alerts/{SOURCE}", content=body, headers=headers)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def body() -> bytes:
    """Write the finding of this moment."""
    return json.dumps(finding(datetime.now(UTC)), ensure_ascii=False).encode()
