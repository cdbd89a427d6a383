"""Runs the client against a real server with the demo's data: `python3 test_client.py http://127.0.0.1:8080`.

A proxy between the two loses answers and says 503, so that repeating is tried as well.
"""

import http.server
import sys
import threading
import urllib.error
import urllib.request
import uuid
from decimal import Decimal

from erp_client import Client, NoAnswer, Refused, segment

SERVER = sys.argv[1].rstrip("/")
RUN = uuid.uuid4().hex[:8]


class Bad(http.server.BaseHTTPRequestHandler):
    """Hands requests on. `plan` says what goes wrong with the next ones: "lose" the answer, or answer "busy"."""

    plan = []
    seen = []

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        Bad.seen.append(dict(self.headers))
        wrong = Bad.plan.pop(0) if Bad.plan else None
        if wrong == "busy":
            self.answer(503, {"Retry-After": "0"}, b'{"code":"write_queue_full","detail":"busy"}')
            return
        request = urllib.request.Request(SERVER + self.path, data=body, headers=dict(self.headers), method=self.command)
        try:
            with urllib.request.urlopen(request) as found:
                status, headers, content = found.status, found.headers, found.read()
        except urllib.error.HTTPError as error:
            status, headers, content = error.code, error.headers, error.read()
        if wrong == "lose":
            self.connection.close()
            return
        kept = {name: headers[name] for name in ("Content-Type", "Idempotency-Replayed") if headers.get(name)}
        Bad.replayed = headers.get("Idempotency-Replayed")
        self.answer(status, kept, content)

    def answer(self, status, headers, content):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = handle_any

    def log_message(self, *_):
        pass

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass


def order(ref, quantity):
    return {"order_ref": f"{RUN}-{ref}", "lines": [{"sku": "MUG-RED-S", "quantity": quantity}]}


def from_order_to_shipment(client):
    body = order("py-1", 2)
    seen = client.preview("POST", "/inventory/reservations", body)
    assert seen["dry_run"] is True and seen["would"]["status"] == 201, seen
    body["preview_hash"] = seen["preview_hash"]
    made = client.write("POST", "/inventory/reservations", body, key=f"{RUN}-py-1")
    path = f"/inventory/reservations/{made['id']}"
    change = {"lines": [{"line_no": 1, "quantity": 3}]}
    changed = client.write("PATCH", path, change, key=f"{RUN}-py-2", if_match=made["version"])
    assert changed["lines"][0]["reserved"] == 3, changed
    proof = {"carrier": "DHL", "tracking_number": "JD01", "shipped_at": "2026-01-02T03:04:05Z"}
    shipped = client.write("POST", f"{path}/consume", {"shipment_proof": proof}, key=f"{RUN}-py-3")
    assert shipped["state"] == "consumed", shipped


def a_lost_answer_is_asked_for_again(client):
    before = client.read("/inventory/availability", sku="MUG-RED-S", group_by="sku")["data"][0]["available"]
    Bad.plan, Bad.seen = ["lose", "busy"], []
    made = client.write("POST", "/inventory/reservations", order("py-4", 1), key=f"{RUN}-py-4")
    assert made["state"] == "active" and Bad.replayed == "true", made
    keys = {headers["Idempotency-Key"] for headers in Bad.seen}
    ids = {headers["Request-Id"] for headers in Bad.seen}
    assert (len(Bad.seen), len(keys), len(ids)) == (3, 1, 3), Bad.seen
    after = client.read("/inventory/availability", sku="MUG-RED-S", group_by="sku")["data"][0]["available"]
    assert before - after == 1, "reserved once"
    Bad.plan = ["busy"] * 9
    try:
        client.read("/inventory/products/MUG-RED-S")
        raise AssertionError("no answer was taken for one")
    except NoAnswer:
        Bad.plan = []


def a_refusal_has_a_code_and_facts(client):
    try:
        client.write("POST", "/inventory/reservations", order("py-5", 1_000_000), key=f"{RUN}-py-5")
        raise AssertionError("too much was reserved")
    except Refused as refused:
        assert (refused.status, refused.code) == (409, "insufficient_stock"), refused
        assert refused.facts["shortages"][0]["sku"] == "MUG-RED-S", refused.facts


def lists_and_decimals(client):
    products = list(client.rows("/inventory/products", limit=50))
    assert len({product["sku"] for product in products}) == len(products) > 300, len(products)
    body = {"order_ref": f"{RUN}-py-6", "lines": [{"sku": "TEA-LOOSE", "quantity": Decimal("0.3")}]}
    made = client.write("POST", "/inventory/reservations", body, key=f"{RUN}-py-6")
    assert made["lines"][0]["reserved"] == Decimal("0.3"), made
    code = "MUG/1 ü"
    client.write("PUT", f"/inventory/products/{segment(code)}", {"name": "a mug"}, key=f"{RUN}-py-7")
    assert client.read(f"/inventory/products/{segment(code)}")["sku"] == code


def main():
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bad)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    client = Client(f"http://127.0.0.1:{proxy.server_port}", "commerce", "client-test", timeout=20)
    for test in (from_order_to_shipment, a_lost_answer_is_asked_for_again, a_refusal_has_a_code_and_facts, lists_and_decimals):
        test(client)
        print(f"python: {test.__name__}: ok")
    proxy.shutdown()


if __name__ == "__main__":
    main()
