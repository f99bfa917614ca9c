// What all codecs have in common: encoded bytes in, samples out.

import type { Layout } from "../layout";
import { refuse } from "../refusal";

export interface Decoded {
  bytes: Uint8Array; // little endian; two bytes a sample if it has more than 8 bits
  bits: number; // of a sample
  planar: boolean;
  rgb: boolean; // the codec has undone its colour transform
}

export type Codec = (data: Uint8Array, layout: Layout) => Promise<Decoded>;

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { bitsPerSample: number };
  getInterleaveMode?(): number;
  delete(): void;
}

/** A module as Emscripten writes it: called with settings, promises its classes. */
export type Factory = (settings: { locateFile(file: string): string; print(): void; printErr(): void }) => Promise<Record<string, unknown>>;

/** Starts the module; what it prints could name what is in the image, so nothing of it is kept. */
export function start(factory: Factory, wasm: string): Promise<Record<string, unknown>> {
  return factory({ locateFile: () => wasm, print: () => undefined, printErr: () => undefined }).catch(() => refuse("failed"));
}

/** One decoder for one frame: what it held is freed with it. */
export function decodeOnce(module: Record<string, unknown>, name: string, data: Uint8Array): Omit<Decoded, "rgb"> {
  const decoder = new (module[name] as new () => Decoder)();
  try {
    decoder.getEncodedBuffer(data.length).set(data);
    decoder.decode();
    const bits = decoder.getFrameInfo().bitsPerSample;
    return { bytes: decoder.getDecodedBuffer().slice(), bits, planar: decoder.getInterleaveMode?.() === 0 };
  } finally {
    decoder.delete();
  }
}
