// The recipient's messages, docs/share.md section 8.
import { toBase64 } from "./bytes";
import { bytes, object, parsed, text, whole } from "./shape";

export type State = "ready" | "locked" | "suspended" | "expired" | "revoked";

/** The portal's answer is no. 404: unknown, gone, or not the right link, which it does not tell apart. */
export class Refused extends Error {
  constructor(readonly status: number, readonly triesLeft?: number, readonly state?: State, readonly retryAfter?: number) {
    super(`the portal answers ${status}`);
    this.name = "Refused";
  }
}

/** The portal is not reached, or not well: worth another try. */
export class Unreached extends Error {
  constructor() {
    super("the portal is not reached");
    this.name = "Unreached";
  }
}

export interface Hello {
  state: State;
  arm: number;
  issue: number;
  cover: Uint8Array;
  triesLeft?: number;
}

export interface Opened {
  ticket: string;
  ticketEnds: number; // ms on our own clock
  arm: number;
  issue: number;
  take: Uint8Array | null;
}

const kStates: readonly string[] = ["ready", "locked", "suspended", "expired", "revoked"];
const kTicketMilliseconds = 15 * 60 * 1000;

function state(value: unknown): State {
  const found = text(value);
  if (!kStates.includes(found)) throw new Error("a state that is not known");
  return found as State;
}

async function refused(answer: Response): Promise<Refused> {
  let told: Record<string, unknown> = {};
  try {
    told = object(await answer.json());
  } catch {
    // the status says enough
  }
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const after = number(told.retry_after) ?? (Number(answer.headers.get("Retry-After")) || undefined);
  return new Refused(answer.status, number(told.tries_left), kStates.includes(String(told.state)) ? (told.state as State) : undefined, after);
}

async function reach(path: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer", ...options });
  } catch (fault) {
    if (options.signal?.aborted) throw fault;
    throw new Unreached();
  }
  if (answer.status >= 500) throw new Unreached();
  if (!answer.ok) throw await refused(answer);
  return answer;
}

async function post(path: string, message: unknown): Promise<Record<string, unknown>> {
  const answer = await reach(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(message) });
  const told = await answer.text().catch(() => {
    throw new Unreached(); // cut in the middle
  });
  return told === "" ? {} : parsed(told);
}

const ends = (): number => Date.now() + kTicketMilliseconds;

export async function hello(share: Uint8Array, proof: Uint8Array, repaired: boolean): Promise<Hello> {
  const answer = await post("/api/1/hello", { share: toBase64(share), link_proof: toBase64(proof), repaired });
  return {
    state: state(answer.state),
    arm: whole(answer.arm),
    issue: whole(answer.issue),
    cover: bytes(answer.cover),
    ...(answer.tries_left === undefined ? {} : { triesLeft: whole(answer.tries_left) }),
  };
}

export async function open(share: Uint8Array, link: Uint8Array, code: Uint8Array): Promise<Opened> {
  const answer = await post("/api/1/open", {
    share: toBase64(share), link_proof: toBase64(link), code_proof: toBase64(code), scopes: ["take"],
  });
  const take = object(answer.grants).take;
  return {
    ticket: toBase64(bytes(answer.ticket, 32)),
    ticketEnds: ends(),
    arm: whole(answer.arm),
    issue: whole(answer.issue),
    take: take === undefined ? null : bytes(take),
  };
}

export async function renew(ticket: string): Promise<{ ticket: string; ticketEnds: number }> {
  const answer = await post("/api/1/renew", { ticket });
  return { ticket: toBase64(bytes(answer.ticket, 32)), ticketEnds: ends() };
}

export async function receipt(ticket: string, payload: Uint8Array, mac: Uint8Array): Promise<void> {
  await post("/api/1/receipts", { ticket, payload: toBase64(payload), mac: toBase64(mac) });
}

export function sums(ticket: string, blob: string): Promise<Response> {
  return reach(`/api/1/blobs/${blob}/sums`, { headers: { Authorization: `Bearer ${ticket}` } });
}

/** Stored bytes from..to, both included. */
export function range(ticket: string, blob: string, from: number, to: number, signal?: AbortSignal): Promise<Response> {
  const headers = { Authorization: `Bearer ${ticket}`, Range: `bytes=${from}-${to}` };
  return reach(`/api/1/blobs/${blob}`, { headers, ...(signal === undefined ? {} : { signal }) });
}

