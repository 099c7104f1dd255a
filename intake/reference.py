"""How the door describes itself: the two routes that take posts, for OpenAPI."""

from typing import Any, Final

_FAULT: Final = {
    "type": "object",
    "required": ["code", "sentence"],
    "properties": {"code": {"type": "string"}, "sentence": {"type": "string"}},
}
_TAKEN: Final = {
    "type": "object",
    "required": ["delivery", "status"],
    "properties": {
        "delivery": {"type": "string"},
        "status": {"enum": ["received", "carried", "quarantined", "ignored"]},
        "incidents": {"type": "array", "items": {"type": "string"}},
    },
}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
        "description": description,
    }


def _segment(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


PATHS: Final[dict[str, Any]] = {
    "/alerts/{source}": {
        "post": {
            "summary": "Take a delivery of findings in",
            "description": "Signed as Standard Webhooks says; stored durably before it is answered.",
            "parameters": [
                _segment("source"),
                _header("webhook-id", "the sender's own id of this message, the same at every attempt"),
                _header("webhook-timestamp", "whole seconds since 1970, within five minutes of now"),
                _header("webhook-signature", "v1, and the base64 of HMAC-SHA256 over id.timestamp.body"),
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {}}}},
            "responses": {
                "200": _json("stored, for sources that want 200", _TAKEN),
                "202": _json("stored, now or before", _TAKEN),
                "401": _json("the signature proves nothing, or is too old or too new", _FAULT),
                "404": _json("no such source", _FAULT),
                "408": _json("the body did not come within fifteen seconds", _FAULT),
                "409": _json("another body came with this id; both are kept", _FAULT),
                "413": _json("larger than the source's limit", _FAULT),
                "415": _json("compressed", _FAULT),
                "503": _json("not stored; come back after Retry-After", _FAULT),
            },
        },
    },
    "/receipts/email": {
        "post": {
            "summary": "Take a bounce (RFC 3464) or a complaint (RFC 5965), the mail whole as it came",
            "parameters": [_header("authorization", "Bearer, and one of the receipt tokens")],
            "requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}},
            "responses": {
                "204": {"description": "taken, now or before, or nothing is decided by it"},
                "400": _json("it says nothing about a message of ours; keep it for a person", _FAULT),
                "401": _json("no such token", _FAULT),
                "413": _json("larger than a mebibyte", _FAULT),
                "503": _json("not stored; come back after Retry-After", _FAULT),
            },
        },
    },
    "/receipts/aliyun/{secret}": {
        "post": {
            "summary": "Take Aliyun's batch of delivery reports; the secret may also come as a bearer token",
            "parameters": [_segment("secret")],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "array"}}}},
            "responses": {
                "200": {"description": "taken, now or before; what names no row is passed over"},
                "400": _json("no JSON array", _FAULT),
                "401": _json("the secret is not ours", _FAULT),
                "413": _json("larger than 4 MiB", _FAULT),
                "503": _json("not stored; come back after Retry-After", _FAULT),
            },
        },
    },
    "/receipts/twilio/{reference}": {
        "post": {
            "summary": "Take Twilio's word on one message or call",
            "parameters": [_segment("reference"), _header("x-twilio-signature", "as Twilio documents it")],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}},
            },
            "responses": {
                "204": {"description": "taken, now or before"},
                "400": _json("it says nothing about a message", _FAULT),
                "401": _json("the signature proves nothing", _FAULT),
                "404": _json("no such reference", _FAULT),
                "503": _json("not stored; come back after Retry-After", _FAULT),
            },
        },
    },
}
