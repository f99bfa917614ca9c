// A sealer for the tests, on Node's own crypto: not the code that is tested.
import { createCipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";

const kSegment = 1 << 20;

export function seal(key: Uint8Array, ad: Uint8Array, plain: Uint8Array): Buffer {
  const [salt, prefix] = [randomBytes(32), randomBytes(7)];
  const derived = Buffer.from(hkdfSync("sha256", key, salt, ad, 32));
  const parts: Buffer[] = [Buffer.concat([Buffer.from([0x28]), salt, prefix])];
  const total = Math.max(1, Math.ceil((plain.length + 40) / (kSegment - 16)));
  for (let i = 0, at = 0; i < total; ++i) {
    const taken = Math.min(plain.length - at, kSegment - 16 - (i === 0 ? 40 : 0));
    const nonce = Buffer.concat([prefix, Buffer.alloc(5)]);
    nonce.writeUInt32BE(i, 7);
    nonce[11] = i === total - 1 ? 1 : 0;
    const cipher = createCipheriv("aes-256-gcm", derived, nonce);
    parts.push(cipher.update(plain.subarray(at, at + taken)), cipher.final(), cipher.getAuthTag());
    at += taken;
  }
  return Buffer.concat(parts);
}

export const hash = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

export function sumsOf(sealed: Uint8Array): Buffer {
  const sums: Buffer[] = [];
  for (let at = 0; at < sealed.length; at += kSegment) sums.push(hash(sealed.subarray(at, at + kSegment)));
  return Buffer.concat(sums);
}
