"""Amazon GuardDuty findings."""

import json
from collections.abc import Sequence
from typing import Final

from intake.adapters.finding import Finding, Ignored, Item, Severity
from intake.adapters.look import at, content, first, instant, number, text
from intake.body import JSON, Unreadable

# The first part of a finding's type, `Purpose:Resource/Family`; any other stays unclassified.
_CATEGORIES: Final = {
    "AttackSequence": "attack_sequence",
    "Backdoor": "backdoor",
    "Behavior": "behavior",
    "CredentialAccess": "credential_access",
    "CryptoCurrency": "crypto_mining",
    "DefenseEvasion": "defense_evasion",
    "Discovery": "discovery",
    "Execution": "execution",
    "Exfiltration": "exfiltration",
    "Impact": "impact",
    "InitialAccess": "initial_access",
    "Object": "malware",
    "PenTest": "penetration_test",
    "Persistence": "persistence",
    "Policy": "policy",
    "PrivilegeEscalation": "privilege_escalation",
    "Recon": "reconnaissance",
    "Stealth": "stealth",
    "Trojan": "trojan",
    "UnauthorizedAccess": "unauthorized_access",
}

_BANDS: Final[tuple[tuple[float, Severity], ...]] = ((9.0, 5), (7.0, 4), (4.0, 3), (0.1, 2))

_ASSETS: Final[tuple[tuple[str | int, ...], ...]] = (
    ("resource", "instanceDetails", "instanceId"),
    ("resource", "s3BucketDetails", 0, "arn"),
    ("resource", "s3BucketDetails", 0, "name"),
    ("resource", "eksClusterDetails", "arn"),
    ("resource", "ecsClusterDetails", "arn"),
    ("resource", "lambdaDetails", "functionArn"),
    ("resource", "rdsDbInstanceDetails", "dbInstanceArn"),
    ("resource", "rdsDbInstanceDetails", "dbInstanceIdentifier"),
    ("resource", "accessKeyDetails", "principalId"),
    ("resource", "accessKeyDetails", "userName"),
    ("accountId",),
)


def read(body: JSON) -> Sequence[Item]:
    """Read one finding.

    Raises:
        Unreadable: `not_a_finding` for what is no object, `empty_finding` for one that says nothing,
            `unsupported_format` for an object without a finding's id or type.

    """
    if not isinstance(body, dict):
        raise Unreadable("not_a_finding")
    if not body:
        raise Unreadable("empty_finding")
    external = first(body, ("id",), ("arn",))
    rule = text(body, "type")
    if not rule:
        raise Unreadable("unsupported_format")
    if _sample(body):
        return (Ignored("sample"),)
    if at(body, "service", "archived") is True:
        return (Ignored("archived"),)
    severity, raw = _severity(body)
    return (
        Finding(
            external_id=external,
            content=content(body),
            severity=severity,
            severity_raw=raw,
            category=_CATEGORIES.get(rule.partition(":")[0], "unclassified"),
            rule=rule,
            asset=first(body, *_ASSETS),
            title=first(body, ("title",), ("type",)),
            observed_at=instant(body, "service", "eventFirstSeen") or instant(body, "createdAt"),
            updated_at=instant(body, "updatedAt") or instant(body, "service", "eventLastSeen"),
        ),
    )


def _severity(body: JSON) -> tuple[Severity, str]:
    score = number(body, "severity")
    if score is None:
        return 3, text(body, "severity")
    # What is not on GuardDuty's scale is unknown, and unknown is never made light of.
    return next((level for least, level in _BANDS if score >= least), 3), f"{score:g}"


def _sample(body: JSON) -> bool:
    extra = at(body, "service", "additionalInfo")
    if at(extra, "sample") is True:
        return True
    # Newer findings carry the same object as text.
    inner = at(extra, "value")
    if not isinstance(inner, str):
        return False
    try:
        return at(json.loads(inner), "sample") is True
    except (ValueError, RecursionError):
        return False
