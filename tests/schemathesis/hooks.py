"""What schemathesis is told about the contract: keys are used once, cursors come from lists, and whatever the
description allows must be understood, even where the rules of stock then refuse it."""

import re
import uuid

import schemathesis
from schemathesis.generation import GenerationMode

WORD = re.compile(r"[!-~]{1,255}")

# Codes that say "not understood". What the description allows must never be answered with one of them.
NOT_UNDERSTOOD = {
    "invalid_headers",
    "invalid_query",
    "malformed_json",
    "malformed_request",
    "unsupported_media_type",
}

# Rules between fields, and of decimals, that a JSON Schema cannot say.
RULES = (
    "at most 6 decimals",
    "differs from If-Match",
    "goes without ttl_seconds",
    "needs line_no or line_ref",
    "keeps its location and lot",
    "keeps its sku",
    "is required, here or as If-Match",
    "go without ship_confirmation_id",
)


@schemathesis.hook
def before_call(context, case, kwargs):
    """An intent has a key of its own: generated ones would repeat, and hide the rules behind answers of old requests."""
    for name in ("Request-Id", "Idempotency-Key"):
        value = (case.headers or {}).get(name)
        if isinstance(value, str) and WORD.fullmatch(value):
            case.headers[name] = str(uuid.uuid4())
    # A cursor is signed by the list that made it: none can be made up. That lists take their own is a test of ours.
    if is_positive(case):
        (case.query or {}).pop("cursor", None)
        if isinstance(case.body, dict):
            case.body = likely(case.body, case.headers or {})


def likely(body, headers):
    """A body that the description allows, made likelier to be decided: the same refusal again and again hides the rest."""
    body = whole(body)
    # A preview hash that was made up is always stale: one in sixteen is enough.
    if not str(body.get("preview_hash") or "0").startswith("0"):
        del body["preview_hash"]
    # Both must say the same.
    if body.get("expected_version") is not None:
        headers.pop("If-Match", None)
    # A line has one name.
    for line in body.get("lines") or []:
        if line.get("line_no") is not None:
            line.pop("line_ref", None)
    return body


def whole(value):
    """`1.0` is an integer to JSON Schema, but not to the server: a count has no fraction (docs/API.md says so)."""
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [whole(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.check
def what_is_described_is_understood(context, response, case):
    if not is_positive(case) or response.status_code not in (400, 415, 422):
        return
    # Which payload belongs to which module the schema of one path cannot say: the body is one of all modules'.
    if case.operation.path.endswith("/operations/{module}"):
        return
    problem = response.json()
    assert problem["code"] not in NOT_UNDERSTOOD, f"not understood: {response.text}"
    if problem["code"] == "invalid_body":
        for error in problem["errors"]:
            assert any(rule in error["detail"] for rule in RULES), f"not understood: {response.text}"
