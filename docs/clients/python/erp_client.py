"""A client of the GagliaHQ ERP API: Python 3.9 or newer, standard library only. Copy it and change it.

What it does for you:

- one Idempotency-Key for an intent, however many attempts; a new Request-Id for each attempt
- repeats what may be repeated: no answer, 500, 503, 409 idempotency_in_flight; waits as Retry-After says
- a refusal is an exception with its code and facts
- a list is an iterator over all pages
- quantities are decimals, never floats
"""

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from decimal import Decimal


class Refused(Exception):
    """The server says no. Branch on `code`; `facts` has the rest (`shortages`, `state`, `errors`, ...)."""

    def __init__(self, status, problem):
        super().__init__(f"{status} {problem.get('code')}: {problem.get('detail')}")
        self.status = status
        self.code = problem.get("code")
        self.detail = problem.get("detail")
        self.request_id = problem.get("request_id")
        self.facts = problem


class NoAnswer(Exception):
    """Every attempt failed. What became of a write is unknown: call again with the same `key` to learn it."""


class Client:
    def __init__(self, base, source_system, actor_id, actor_type="service", timeout=10.0, attempts=6):
        self.base = base.rstrip("/") + "/api/v1"
        self.who = {"Source-System": source_system, "Actor-Id": actor_id, "Actor-Type": actor_type}
        self.timeout = timeout
        self.attempts = attempts

    def read(self, path, **query):
        """GET one thing, like `/inventory/products/MUG-RED-S`."""
        return self._call("GET", path, query, None, {})

    def rows(self, path, **query):
        """Every row of a list, page after page."""
        while True:
            page = self.read(path, **query)
            yield from page["data"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def write(self, method, path, body, key, if_match=None):
        """POST, PUT or PATCH. `key` names the intent: store it with what you are doing, before you call."""
        headers = {"Idempotency-Key": key}
        if if_match is not None:
            headers["If-Match"] = f'"{if_match}"'
        return self._call(method, path, {}, body, headers)

    def preview(self, method, path, body):
        """What a write would do; nothing is written. Send its `preview_hash` in the body of the real call."""
        return self._call(method, path, {"dry_run": "true"}, body, {"Idempotency-Key": str(uuid.uuid4())})

    # The bytes must be the same in each attempt: they are made once, before the first.
    def _call(self, method, path, query, body, headers):
        words = {name: _word(value) for name, value in query.items() if value is not None}
        url = self.base + path + ("?" + urllib.parse.urlencode(words) if words else "")
        data = None
        if method != "GET":
            data = json.dumps(body, default=_plain).encode()
            headers = {**headers, **self.who, "Content-Type": "application/json"}
        why = None
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(why.wait if why.wait is not None else min(0.1 * 2**attempt, 5.0))
            try:
                return self._attempt(method, url, data, {**headers, "Request-Id": str(uuid.uuid4())})
            except _Again as again:
                why = again
        raise NoAnswer(f"{method} {path}: {self.attempts} attempts, the last: {why}")

    def _attempt(self, method, url, data, headers):
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return json.loads(answer.read(), parse_float=Decimal)
        except urllib.error.HTTPError as error:
            try:
                problem = json.loads(error.read(), parse_float=Decimal)
            except (OSError, ValueError, http.client.HTTPException) as broken:
                raise _Again(str(broken)) from broken
            if error.code in (500, 503) or problem.get("code") == "idempotency_in_flight":
                wait = error.headers.get("Retry-After", "")
                raise _Again(f"{error.code}", float(wait) if wait.isdigit() else None) from error
            raise Refused(error.code, problem) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            # No connection, a timeout, an answer that broke off: it may have been done or not.
            raise _Again(str(error)) from error


class _Again(Exception):
    def __init__(self, why, wait=None):
        super().__init__(why)
        self.wait = wait


def segment(text):
    """A code as a part of a path: `MUG/RED` is `MUG%2FRED`."""
    return urllib.parse.quote(text, safe="")


def _word(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    return str(value)


def _plain(value):
    """Decimals as strings of the same form, which the server takes as well: exact on the whole way."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} is no JSON")
