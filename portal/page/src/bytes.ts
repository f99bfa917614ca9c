// Bytes and their texts. b64 is base64url without padding, as docs/share.md section 1 has it.

export type Bytes8 = Uint8Array<ArrayBuffer>;

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const bytesOf = (text: string): Bytes8 => utf8.encode(text) as Bytes8;
export const textOf = (bytes: Uint8Array): string => strict.decode(bytes);

export function joined(...parts: Uint8Array[]): Bytes8 {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function u32(value: number): Bytes8 {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Null for another alphabet, padding, another length or non-zero spare bits. */
export function fromBase64(text: string, length?: number): Bytes8 | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  if (toBase64(bytes) !== text || (length !== undefined && bytes.length !== length)) return null;
  return bytes;
}

/** In a time that depends on the length alone. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; ++i) different |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return different === 0;
}

export async function sha256(bytes: Uint8Array): Promise<Bytes8> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Bytes8));
}

export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
