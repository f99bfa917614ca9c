// The sealed stream, docs/sealed-stream.md: Tink's AES256_GCM_HKDF_1MB on WebCrypto.
import { type Bytes8, joined, u32 } from "./bytes";
import { hkdf } from "./schedule";

export const kSegment = 1 << 20; // stored bytes
export const kHeader = 40;
const kTag = 16;
const kMost = 1 << 20; // segments

export class NotGenuine extends Error {
  constructor(what: string) {
    super(what);
    this.name = "NotGenuine";
  }
}

export const segmentsOf = (sealed: number): number => Math.ceil(sealed / kSegment);

/** Plaintext bytes of a stream of `sealed` bytes; null when none has that length. */
export function plainLength(sealed: number): number | null {
  const n = segmentsOf(sealed);
  const plain = sealed - kHeader - kTag * n;
  const expected = Math.max(1, Math.ceil((plain + kHeader) / (kSegment - kTag)));
  return plain < 0 || n !== expected || n > kMost ? null : plain;
}

/** The segment that plaintext byte `at` lies in, and where that segment's plaintext begins. */
export const segmentAt = (at: number): number => Math.floor((at + kHeader) / (kSegment - kTag));
export const plainStart = (segment: number): number => (segment === 0 ? 0 : segment * (kSegment - kTag) - kHeader);

export interface StreamKey {
  key: CryptoKey;
  prefix: Uint8Array; // 7
}

/** `head`: the first 40 bytes, or more, of the stream. */
export async function streamKey(ikm: Uint8Array, ad: Uint8Array, head: Uint8Array): Promise<StreamKey> {
  if (head.length < kHeader || head[0] !== kHeader) throw new NotGenuine("not a sealed stream");
  const bits = await hkdf(ikm, head.subarray(1, 33), ad, 32);
  const key = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["decrypt"]);
  bits.fill(0);
  return { key, prefix: head.slice(33, kHeader) };
}

/** `stored`: the whole segment as it is stored, the header included in segment 0. */
export async function openSegment(stream: StreamKey, i: number, last: boolean, stored: Uint8Array): Promise<Bytes8> {
  const iv = joined(stream.prefix, u32(i), new Uint8Array([last ? 1 : 0]));
  const body = (i === 0 ? stored.subarray(kHeader) : stored) as Bytes8;
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, stream.key, body));
  } catch {
    throw new NotGenuine("a sealed segment does not open");
  }
}

/** A short stream at once: cover, grant. */
export async function openWhole(ikm: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Promise<Bytes8> {
  if (plainLength(sealed.length) === null) throw new NotGenuine("not a sealed stream");
  const stream = await streamKey(ikm, ad, sealed);
  const n = segmentsOf(sealed.length);
  const parts: Bytes8[] = [];
  for (let i = 0; i < n; ++i)
    parts.push(await openSegment(stream, i, i === n - 1, sealed.subarray(i * kSegment, (i + 1) * kSegment)));
  return joined(...parts);
}
