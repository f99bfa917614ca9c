// Pieces of bytes, one after the other.

export function joined(parts: Uint8Array[]): Uint8Array {
  const some = parts.filter((part) => part.length > 0);
  if (some.length === 1) return some[0];
  const out = new Uint8Array(some.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of some) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
