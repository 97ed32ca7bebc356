"""The OpenAPI 3.1 document, made from the definitions that read requests."""

from importlib.metadata import version
from typing import Any

from bot.signals.signal import schemas

PATH, SPECIFICATION = "/api/v1/signals", "/api/v1/openapi.json"
KEY, TIMESTAMP, SIGNATURE = "Idempotency-Key", "Huashu-Timestamp", "Huashu-Signature"
KEY_FORM = "^[A-Za-z0-9._:-]{1,100}$"
_REFUSALS = {
    400: "No JSON, no usable Idempotency-Key, or a body that broke off",
    401: "The signature is missing or wrong, or the timestamp too far from now",
    409: "The Idempotency-Key was used for another signal",
    413: "The body is too large",
    415: "The Content-Type is not application/json",
    422: "A field is missing, unknown or of the wrong form",
}


def document(public_url: str = "") -> dict[str, Any]:
    """`public_url` is where the shop reaches us; "" = where it found this document."""
    refused = {"application/problem+json": {"schema": _schema("Problem")}}
    answers: dict[str, Any] = {
        str(status): {"description": why, "content": refused} for status, why in _REFUSALS.items()
    }
    answers["202"] = {"description": "It is on disk", "content": _json("Accepted")}
    operation = {
        "operationId": "sendSignal",
        "summary": "Tell what a customer did 上报客户行为",
        "description": "Send it again, with the same key, until it is answered: the second time "
        f"does nothing. {SIGNATURE} is the HMAC-SHA256, in hex, of {TIMESTAMP}, {KEY} and the "
        "body, with line breaks between.",
        "parameters": [
            _header(KEY, KEY_FORM, "Another one for each signal", "order:A1001:paid"),
            _header(TIMESTAMP, "^[0-9]{1,11}$", "Unix seconds, now", "1779000000"),
            _header(SIGNATURE, "^[0-9a-f]{64}$", "By the shared secret", "0" * 64),
        ],
        "requestBody": {"required": True, "content": _json("Signal")},
        "responses": dict(sorted(answers.items())),
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Huashu signals 话术信号", "version": version("huashu")},
        "servers": [{"url": public_url.rstrip("/") or "/"}],
        "paths": {PATH: {"post": operation}},
        "components": {"schemas": schemas()},
    }


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": _schema(name)}}


def _header(name: str, pattern: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
        "example": example,
    }
