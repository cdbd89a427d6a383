/**
 * Runs the client against a real server with the demo's data. `fetch` is wrapped to lose answers and to say 503, so
 * that repeating is tried as well.
 */

import { Client, NoAnswer, Refused, segment, type Availability, type Page, type Reservation } from "./erp_client.js";

declare const process: { argv: string[]; exit(code: number): never };

const run = crypto.randomUUID().slice(0, 8);
const real = globalThis.fetch;
let plan: ("lose" | "busy")[] = [];
let seen: Headers[] = [];
let replayed: string | null = null;

globalThis.fetch = async (input, init) => {
  seen.push(new Headers(init?.headers));
  const wrong = plan.shift();
  if (wrong === "busy") {
    const problem = JSON.stringify({ code: "write_queue_full", detail: "busy" });
    return new Response(problem, { status: 503, headers: { "Retry-After": "0" } });
  }
  const answer = await real(input, init);
  if (wrong === "lose") {
    await answer.text();
    throw new TypeError("the answer was lost");
  }
  replayed = answer.headers.get("Idempotency-Replayed");
  return answer;
};

function same(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}

async function refused(call: Promise<unknown>): Promise<Error> {
  return call.then(
    (answer) => Promise.reject(new Error(`not refused: ${JSON.stringify(answer)}`)),
    (error: Error) => error,
  );
}

const client = new Client({ base: process.argv[2] ?? "", sourceSystem: "commerce", actorId: "client-test" });
const order = (ref: string, quantity: number) => ({
  order_ref: `${run}-${ref}`,
  lines: [{ sku: "CND-ROS-L", quantity }],
});
const available = async () => {
  const query = { sku: ["CND-ROS-L"], group_by: "sku" };
  return (await client.read<Page<Availability>>("/inventory/availability", query)).data[0]?.available ?? 0;
};

const tests = {
  async from_order_to_shipment() {
    const body = order("ts-1", 2);
    const would = await client.preview<Reservation>("POST", "/inventory/reservations", body);
    same([would.dry_run, would.would.status, would.would.body.state], [true, 201, "active"]);
    const made = await client.reserve({ ...body, preview_hash: would.preview_hash }, { key: `${run}-ts-1` });
    const path = `/inventory/reservations/${made.id}`;
    const change = { lines: [{ line_no: 1, quantity: 3 }] };
    const write = { key: `${run}-ts-2`, ifMatch: made.version };
    const changed = await client.write<Reservation>("PATCH", path, change, write);
    same(changed.lines[0]?.reserved, 3);
    const shipment_proof = { carrier: "DHL", tracking_number: "JD01", shipped_at: "2026-01-02T03:04:05Z" };
    const key = { key: `${run}-ts-3` };
    const shipped = await client.write<Reservation>("POST", `${path}/consume`, { shipment_proof }, key);
    same(shipped.state, "consumed");
  },

  async a_lost_answer_is_asked_for_again() {
    const before = await available();
    [plan, seen] = [["lose", "busy"], []];
    const made = await client.reserve(order("ts-4", 1), { key: `${run}-ts-4` });
    same([made.state, replayed], ["active", "true"]);
    const distinct = (name: string) => new Set(seen.map((headers) => headers.get(name))).size;
    same([seen.length, distinct("Idempotency-Key"), distinct("Request-Id")], [3, 1, 3]);
    same(before - (await available()), 1);
    plan = Array<"busy">(9).fill("busy");
    const error = await refused(client.read("/inventory/products/CND-ROS-L"));
    plan = [];
    same(error instanceof NoAnswer, true);
  },

  async a_refusal_has_a_code_and_facts() {
    const error = await refused(client.reserve(order("ts-5", 1_000_000), { key: `${run}-ts-5` }));
    if (!(error instanceof Refused)) throw error;
    same([error.status, error.code, error.problem.shortages?.[0]?.sku], [409, "insufficient_stock", "CND-ROS-L"]);
  },

  async lists_and_codes() {
    const skus = new Set<string>();
    for await (const product of client.rows<{ sku: string }>("/inventory/products", { limit: 50 })) {
      skus.add(product.sku);
    }
    same(skus.size > 300, true);
    const code = "MUG/2 ü";
    await client.write("PUT", `/inventory/products/${segment(code)}`, { name: "a mug" }, { key: `${run}-ts-7` });
    same((await client.read<{ sku: string }>(`/inventory/products/${segment(code)}`)).sku, code);
  },
};

for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`typescript: ${name}: ok`);
  } catch (error) {
    console.error(`typescript: ${name}:`, error);
    process.exit(1);
  }
}
