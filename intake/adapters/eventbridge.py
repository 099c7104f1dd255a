"""Amazon EventBridge: an event whose `detail` is what its source found."""

from intake.body import JSON


def unwrap(body: JSON) -> JSON:
    """Take the detail out of an event; anything else comes back as it is."""
    if (
        isinstance(body, dict)
        and isinstance(body.get("detail-type"), str)
        and isinstance(body.get("source"), str)
        and "detail" in body
    ):
        return body["detail"]
    return body
