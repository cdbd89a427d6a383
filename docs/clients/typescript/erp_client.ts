/**
 * A client of the GagliaHQ ERP API: `fetch` and nothing else (Node 18 or newer, Deno, Bun, browsers). Copy it and
 * change it.
 *
 * What it does for you:
 * - one Idempotency-Key for an intent, however many attempts; a new Request-Id for each attempt
 * - repeats what may be repeated: no answer, 500, 503, 409 idempotency_in_flight; waits as Retry-After says
 * - a refusal is an exception with its code and facts
 * - a list is an async iterator over all pages
 *
 * Quantities have at most six decimals and are below 10^9, so a `number` holds them. Do not calculate with them in
 * floats: send a string where you have a decimal.
 */

export type Quantity = number | string;

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { pointer?: string; header?: string; query?: string; code: string; detail: string }[];
  shortages?: { sku: string; location: string | null; requested: number; available: number }[];
  [fact: string]: unknown;
}

export interface Page<Row> {
  data: Row[];
  next_cursor: string | null;
}

export interface Availability {
  sku: string;
  warehouse: string | null;
  location: string | null;
  lot: string | null;
  available: number;
  reserved: number;
  held: number;
  held_by_reason: Record<string, number>;
  owned: number;
  incoming: number;
  version: number | null;
  live_stock: { trusted: boolean; cohort: string | null };
}

export interface NewReservation {
  order_ref: string;
  lines: { sku: string; quantity: Quantity; line_ref?: string; location?: string; lot?: string }[];
  warehouse?: string;
  allow_partial?: boolean;
  backorder?: boolean;
  explode_kits?: boolean;
  ttl_seconds?: number;
  expires_at?: string;
  ship_to?: Record<string, unknown>;
  ship_by?: string;
  metadata?: Record<string, unknown>;
  preview_hash?: string;
}

export interface Reservation {
  id: string;
  order_ref: string;
  warehouse: string;
  state: "active" | "consumed" | "released" | "expired";
  version: number;
  lines: {
    line_no: number;
    line_ref: string | null;
    sku: string;
    requested: number;
    reserved: number;
    short: number;
    released: number;
    consumed: number;
    allocations: { location: string; lot: string; quantity: number; stage: "allocated" | "picked" | "packed" }[];
  }[];
  expires_at: string | null;
}

export interface Preview<Body> {
  dry_run: true;
  preview_hash: string;
  would: { status: number; body: Body };
  movements: { kind: string; transfers: { sku: string; lot: string; quantity: number; from: string; to: string }[] }[];
  balances: { sku: string; location: string; lot: string; before: Buckets; after: Buckets }[];
}

export interface Buckets {
  available: number;
  reserved: number;
  held: number;
  version: number;
}

/** The server says no. Branch on `code`; `problem` has the facts. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  constructor(status: number, problem: Problem) {
    super(`${status} ${problem.code}: ${problem.detail}`);
    this.status = status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** Every attempt failed. What became of a write is unknown: call again with the same key to learn it. */
export class NoAnswer extends Error {}

export interface Settings {
  base: string;
  sourceSystem: string;
  actorId: string;
  actorType?: "user" | "service" | "worker";
  timeoutMs?: number;
  attempts?: number;
}

export interface Write {
  /** Names the intent: store it with what you are doing, before you call. */
  key: string;
  /** The version that you have seen. */
  ifMatch?: number;
}

type Query = Record<string, string | number | boolean | string[] | undefined>;
type Method = "POST" | "PUT" | "PATCH";

export class Client {
  private readonly settings: Required<Settings>;

  constructor(settings: Settings) {
    this.settings = { actorType: "service", timeoutMs: 10_000, attempts: 6, ...settings };
  }

  /** GET one thing, like `/inventory/products/MUG-RED-S`. */
  read<Body>(path: string, query: Query = {}): Promise<Body> {
    return this.call("GET", path, query, undefined, {});
  }

  /** Every row of a list, page after page. */
  async *rows<Row>(path: string, query: Query = {}): AsyncGenerator<Row> {
    let cursor: string | undefined;
    do {
      const page: Page<Row> = await this.read<Page<Row>>(path, { ...query, cursor });
      yield* page.data;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  write<Body>(method: Method, path: string, body: unknown, { key, ifMatch }: Write): Promise<Body> {
    const headers: Record<string, string> = { "Idempotency-Key": key };
    if (ifMatch !== undefined) headers["If-Match"] = `"${ifMatch}"`;
    return this.call(method, path, {}, body, headers);
  }

  /** What a write would do; nothing is written. Send its `preview_hash` in the body of the real call. */
  preview<Body>(method: Method, path: string, body: unknown): Promise<Preview<Body>> {
    return this.call(method, path, { dry_run: true }, body, { "Idempotency-Key": crypto.randomUUID() });
  }

  reserve(order: NewReservation, write: Write): Promise<Reservation> {
    return this.write("POST", "/inventory/reservations", order, write);
  }

  // The bytes must be the same in each attempt: they are made once, before the first.
  private async call<Body>(
    method: "GET" | Method,
    path: string,
    query: Query,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Body> {
    const words = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) words.set(name, String(value));
    const url = `${this.settings.base.replace(/\/$/, "")}/api/v1${path}${words.size > 0 ? `?${words}` : ""}`;
    const text = method === "GET" ? undefined : JSON.stringify(body);
    if (text !== undefined) {
      headers = {
        ...headers,
        "Content-Type": "application/json",
        "Source-System": this.settings.sourceSystem,
        "Actor-Id": this.settings.actorId,
        "Actor-Type": this.settings.actorType,
      };
    }
    let why = "";
    let wait = 0;
    for (let attempt = 0; attempt < this.settings.attempts; attempt++) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(200 * 2 ** attempt, 5_000);
      let answer: Response;
      let found: unknown;
      try {
        answer = await fetch(url, {
          method,
          body: text,
          headers: { ...headers, "Request-Id": crypto.randomUUID() },
          signal: AbortSignal.timeout(this.settings.timeoutMs),
        });
        found = await answer.json();
      } catch (error) {
        // No connection, a timeout, an answer that broke off: it may have been done or not.
        why = String(error);
        continue;
      }
      if (answer.ok) return found as Body;
      const problem = found as Problem;
      if (answer.status !== 500 && answer.status !== 503 && problem.code !== "idempotency_in_flight") {
        throw new Refused(answer.status, problem);
      }
      why = `${answer.status} ${problem.code}`;
      const seconds = answer.headers.get("Retry-After");
      if (seconds !== null && /^[0-9]+$/.test(seconds)) wait = Number(seconds) * 1000;
    }
    throw new NoAnswer(`${method} ${path}: ${this.settings.attempts} attempts, the last: ${why}`);
  }
}

/** A code as a part of a path: `MUG/RED` is `MUG%2FRED`. */
export const segment = encodeURIComponent;
