// What comes from outside, read member by member: anything else than expected is refused.
import { fromBase64 } from "./bytes";
import { NotGenuine } from "./stream";

export type Members = Record<string, unknown>;

export function object(value: unknown): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new NotGenuine("not an object");
  return value as Members;
}

export function parsed(text: string): Members {
  try {
    return object(JSON.parse(text));
  } catch {
    throw new NotGenuine("not JSON");
  }
}

export function list(value: unknown, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new NotGenuine("not a list");
  return value;
}

export function whole(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw new NotGenuine("not a whole number");
  return value;
}

export function text(value: unknown, most = 400): string {
  if (typeof value !== "string" || value.length > most) throw new NotGenuine("not a text");
  return value;
}

export function bytes(value: unknown, length?: number): Uint8Array {
  const found = typeof value === "string" ? fromBase64(value, length) : null;
  if (found === null) throw new NotGenuine("not base64url");
  return found;
}
