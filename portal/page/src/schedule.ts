// The key schedule of a share, docs/share.md section 4.
import { type Bytes8, bytesOf, joined } from "./bytes";

export const kIterations = 600_000;

export const label = (x: string): Bytes8 => joined(bytesOf(`dcmcourier/1 ${x}`), new Uint8Array(1));

export const context = (mode: number, share: Uint8Array): Bytes8 => joined(new Uint8Array([mode]), share);

export async function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Promise<Bytes8> {
  const key = await crypto.subtle.importKey("raw", ikm as Bytes8, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: salt as Bytes8, info: info as Bytes8 };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, length * 8));
}

const derived = (ikm: Uint8Array, x: string, ctx: Uint8Array, length = 32): Promise<Bytes8> =>
  hkdf(ikm, new Uint8Array(), joined(label(x), ctx), length);

export const linkProof = (secret: Uint8Array, ctx: Uint8Array) => derived(secret, "link proof", ctx);
export const coverKey = (secret: Uint8Array, ctx: Uint8Array) => derived(secret, "cover", ctx);

async function stretched(secret: Uint8Array, ctx: Uint8Array, code: string): Promise<Bytes8> {
  const salt = await derived(secret, "code salt", ctx);
  const key = await crypto.subtle.importKey("raw", bytesOf(code), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: kIterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256));
}

/** `code` in its normal form; empty in mode 0. */
export async function rootOf(secret: Uint8Array, ctx: Uint8Array, code: string): Promise<Bytes8> {
  const behind = code === "" ? new Uint8Array() : await stretched(secret, ctx, code);
  return derived(joined(secret, behind), "root", ctx);
}

export const codeProof = (root: Uint8Array, ctx: Uint8Array) => derived(root, "code proof", ctx);
export const receiptKey = (root: Uint8Array, ctx: Uint8Array) => derived(root, "receipt", ctx);

/** What opens the take grant, and how it is recognised before. */
export async function takeKey(root: Uint8Array, ctx: Uint8Array): Promise<{ key: Bytes8; check: Bytes8 }> {
  const both = await derived(root, "grant take", ctx, 64);
  return { key: both.slice(0, 32), check: both.slice(32) };
}
