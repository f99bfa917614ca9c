// Bytes of a file that is in memory, with a record of what was read; and files, element by element.

import type { Bytes, Instance } from "../../src/study";

export class Memory implements Bytes {
  readonly reads: [number, number][] = [];

  constructor(private readonly file: Uint8Array) {}

  get instance(): Instance {
    return { uid: "1.2.3", sopClass: "", transferSyntax: "", file: "", size: this.file.length, frames: 1 };
  }

  read(_: Instance, from: number, to: number, signal?: AbortSignal): Promise<Uint8Array> {
    if (signal?.aborted) return Promise.reject(new DOMException("", "AbortError"));
    if (!(from >= 0 && from <= to && to <= this.file.length)) return Promise.reject(new RangeError(`${from} to ${to}`));
    this.reads.push([from, to]);
    return Promise.resolve(this.file.slice(from, to));
  }
}

const LONG = ["OB", "OW", "SQ", "UN", "OV"];

/** One element, explicit VR little endian. `length` lies about its length. */
export function element(tag: string, vr: string, value: Uint8Array | string | number[], length?: number): Uint8Array {
  const body = typeof value === "string" ? even(value) : value instanceof Uint8Array ? value : us(value);
  const head = Buffer.alloc(LONG.includes(vr) ? 12 : 8);
  head.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  head.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  head.write(vr, 4, "ascii");
  if (LONG.includes(vr)) head.writeUInt32LE(length ?? body.length, 8);
  else head.writeUInt16LE(length ?? body.length, 6);
  return Buffer.concat([head, body]);
}

const even = (text: string): Buffer => Buffer.from(text.length % 2 ? text + " " : text);

function us(values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => out.writeUInt16LE(value, 2 * i));
  return out;
}

export const EXPLICIT = "1.2.840.10008.1.2.1";

/** A Part 10 file of these elements. */
export function part10(syntax: string, ...elements: Uint8Array[]): Uint8Array {
  const meta = element("00020010", "UI", syntax.length % 2 ? syntax + "\0" : syntax);
  return Uint8Array.from(Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), meta, ...elements]));
}

export interface Shape {
  rows?: number;
  columns?: number;
  frames?: string;
  allocated?: number;
  stored?: number;
  highBit?: number;
  samples?: number;
  photometric?: string;
}

/** The Image Pixel Module of a small image, or of what is said. */
export function imageElements(shape: Shape = {}): Uint8Array[] {
  const { rows = 2, columns = 2, frames = "1", samples = 1, photometric = "MONOCHROME2" } = shape;
  const { allocated = 16, stored = 12, highBit = stored - 1 } = shape;
  return [
    element("00280002", "US", [samples]),
    element("00280004", "CS", photometric),
    element("00280008", "IS", frames),
    element("00280010", "US", [rows]),
    element("00280011", "US", [columns]),
    element("00280100", "US", [allocated]),
    element("00280101", "US", [stored]),
    element("00280102", "US", [highBit]),
    element("00280103", "US", [0]),
  ];
}

/** An item of encapsulated pixel data, or with another tag its delimiter. */
export function item(value: number[] | Uint8Array, tag = 0xe000): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(tag, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, Uint8Array.from(value)]);
}

export const DELIMITER = item([], 0xe0dd);
