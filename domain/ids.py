"""Names of incidents, streams and outside effects: all derived, none drawn by chance."""

import base64
import hashlib
import hmac
from datetime import date

INCIDENT_CHARACTERS = 12


def incident_id(key: bytes, correlation: str, *, follow_up: int = 1) -> str:
    """Name the incident that a correlation key belongs to: `I-` and 12 base32 characters.

    `follow_up` counts from 1; the second incident of the same correlation ends in `~2`.
    """
    digest = hmac.new(key, correlation.encode(), hashlib.sha256).digest()
    name = "I-" + base64.b32encode(digest).decode()[:INCIDENT_CHARACTERS]
    return name if follow_up == 1 else f"{name}~{follow_up}"


def correlation(source: str, *, external: str | None, rule: str, asset: str, day: date) -> str:
    """Write the key by which findings join one incident: the source's own id, else rule, asset and day.

    Facts of law never enter it.
    """
    if external:
        return f"{source}\n{external}"
    return f"{source}\n{rule}\n{asset}\n{day.isoformat()}"


def keyed(key: bytes, *parts: str) -> str:
    """Hide names behind HMAC-SHA256, in hex: equal inputs stay equal, nothing can be read back."""
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def incident_stream(incident: str) -> str:
    """Name the stream, which is also the workflow id, of an incident."""
    return f"incident/{incident}"


def clock_stream(incident: str, clock: str) -> str:
    """Name the stream of a duty's clock; `clock` is `duty/authority/n`."""
    return f"incident/{incident}/duty/{clock}"


def campaign_stream(incident: str, number: int) -> str:
    """Name the stream of a notification campaign."""
    return f"incident/{incident}/campaign/{number}"


def evidence_stream(incident: str) -> str:
    """Name the stream that says who looked at one person's record; no workflow writes it."""
    return f"evidence/{incident}"


def shard_stream(incident: str, number: int, shard: int) -> str:
    """Name the workflow of one shard of a campaign."""
    return f"incident/{incident}/campaign/{number}/shard/{shard}"


def referral_stream(incident: str, number: int) -> str:
    """Name the stream of a referral to the police."""
    return f"incident/{incident}/referral/{number}"


def idempotency_key(workflow_id: str, first_run_id: str, step: str) -> str:
    """Name one outside effect, the same over retries and continue-as-new."""
    return f"{workflow_id}:{first_run_id}:{step}"
