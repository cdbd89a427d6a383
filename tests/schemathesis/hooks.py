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
)


@schemathesis.hook
def before_call(context, case, kwargs):
    """An intent has a key of its own: generated ones would repeat, and hide the rules behind answers of old requests."""
    for name in ("Request-Id", "Idempotency-Key"):
        value = (case.headers or {}).get(name)
        if isinstance(value, str) and WORD.fullmatch(value):
            case.headers[name] = str(uuid.uuid4())
    # A cursor is signed by the list that made it: none can be made up. That lists take their own is a test of ours.
    if is_positive(case) and "cursor" in (case.query or {}):
        del case.query["cursor"]


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


@schemathesis.check
def what_is_described_is_understood(context, response, case):
    if not is_positive(case) or response.status_code not in (400, 415, 422):
        return
    problem = response.json()
    assert problem["code"] not in NOT_UNDERSTOOD, f"not understood: {response.text}"
    if problem["code"] == "invalid_body":
        for error in problem["errors"]:
            assert any(rule in error["detail"] for rule in RULES), f"not understood: {response.text}"
