// JPEG Extended of 12 bits, sequential DCT, one component: the one process of 1.2.840.10008.1.2.4.51 that no codec
// package decodes. ISO/IEC 10918-1; the sections named are its.

import { refuse } from "../refusal";
import type { Codec } from "./codec";
import { Bits, Codes } from "./huffman";

interface Image {
  rows: number;
  columns: number;
  bits: number;
  quantization: number; // number of the table
}

interface Tables {
  quantization: Uint16Array[];
  dc: Codes[];
  ac: Codes[];
  restart: number; // blocks between restart markers; 0: none
  image?: Image;
}

/** Places in the block of the coefficients in zig-zag order (A.6). */
const ZIGZAG = zigzag();

function zigzag(): number[] {
  const places = Array.from({ length: 64 }, (_, place) => place);
  const diagonal = (place: number) => (place >> 3) + (place & 7);
  const along = (place: number) => (diagonal(place) % 2 === 0 ? place & 7 : place >> 3);
  return places.sort((a, b) => diagonal(a) - diagonal(b) || along(a) - along(b));
}

/** Cosines of the inverse DCT (A.3.3), with their factors: [x][u]. */
const COSINES = Array.from({ length: 8 }, (_, x) =>
  Array.from({ length: 8 }, (_, u) => (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16)),
);

function readQuantization(segment: DataView, { quantization }: Tables): void {
  for (let at = 0; at < segment.byteLength; ) {
    const head = segment.getUint8(at++);
    const wide = head >> 4 !== 0;
    quantization[head & 15] = Uint16Array.from({ length: 64 }, (_, i) => (wide ? segment.getUint16(at + 2 * i) : segment.getUint8(at + i)));
    at += wide ? 128 : 64;
  }
}

function readCodes(segment: DataView, { dc, ac }: Tables): void {
  const bytes = new Uint8Array(segment.buffer, segment.byteOffset, segment.byteLength);
  for (let at = 0; at + 17 <= bytes.length; ) {
    const counts = bytes.subarray(at + 1, at + 17);
    const length = counts.reduce((sum, count) => sum + count, 0);
    (bytes[at] >> 4 === 0 ? dc : ac)[bytes[at] & 15] = new Codes(counts, bytes.slice(at + 17, at + 17 + length));
    at += 17 + length;
  }
}

function readImage(segment: DataView): Image {
  if (segment.getUint8(5) !== 1) refuse("unsupported");
  return { bits: segment.getUint8(0), rows: segment.getUint16(1), columns: segment.getUint16(3), quantization: segment.getUint8(8) };
}

/** The segments up to the scan; where its entropy coded data begins, and the scan's header. */
function readTables(view: DataView, tables: Tables): { scan: DataView; at: number } {
  for (let at = 2; ; ) {
    const marker = view.getUint16(at);
    const segment = new DataView(view.buffer, view.byteOffset + at + 4, view.getUint16(at + 2) - 2);
    at += 2 + view.getUint16(at + 2);
    if (marker === 0xffda) return { scan: segment, at };
    if (marker === 0xffdb) readQuantization(segment, tables);
    else if (marker === 0xffc4) readCodes(segment, tables);
    else if (marker === 0xffdd) tables.restart = segment.getUint16(0);
    else if (marker === 0xffc1 && !tables.image) tables.image = readImage(segment);
    else if (marker < 0xffe0) refuse("unsupported");
  }
}

/** Coefficients of one block, dequantized; gives the DC value, from which the next block's differs (F.2.2.1, F.2.2.2). */
function readBlock(bits: Bits, dc: Codes, ac: Codes, steps: Uint16Array, before: number, block: Float64Array): number {
  block.fill(0);
  const value = before + bits.signed(Math.min(dc.read(bits), 16));
  block[0] = value * steps[0];
  for (let k = 1; k < 64; k++) {
    const code = ac.read(bits);
    const [zeros, size] = [code >> 4, code & 15];
    if (size === 0 && zeros < 15) break;
    k += zeros;
    if (k > 63) refuse("damaged");
    if (size > 0) block[ZIGZAG[k]] = bits.signed(size) * steps[k];
  }
  return value;
}

const half = new Float64Array(64);

/** Rows, then columns. */
function inverse(block: Float64Array): void {
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) sum += COSINES[x][u] * block[8 * v + u];
      half[8 * v + x] = sum;
    }
  }
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += COSINES[y][v] * half[8 * v + x];
      block[8 * y + x] = sum;
    }
  }
}

function put(block: Float64Array, { rows, columns, bits }: Image, left: number, top: number, out: Uint16Array): void {
  const [middle, most] = [2 ** (bits - 1), 2 ** bits - 1];
  for (let y = 0; y < 8 && top + y < rows; y++) {
    for (let x = 0; x < 8 && left + x < columns; x++) {
      out[(top + y) * columns + left + x] = Math.min(Math.max(Math.round(block[8 * y + x] + middle), 0), most);
    }
  }
}

function readScan(bits: Bits, tables: Tables, image: Image, [dc, ac]: [Codes, Codes]): Uint16Array {
  const steps = tables.quantization[image.quantization] ?? refuse("damaged");
  const out = new Uint16Array(image.rows * image.columns);
  const across = Math.ceil(image.columns / 8);
  const block = new Float64Array(64);
  let value = 0;
  for (let i = 0; i < across * Math.ceil(image.rows / 8); i++) {
    if (tables.restart > 0 && i > 0 && i % tables.restart === 0) {
      bits.restart();
      value = 0;
    }
    value = readBlock(bits, dc, ac, steps, value, block);
    inverse(block);
    put(block, image, (i % across) * 8, Math.floor(i / across) * 8, out);
  }
  return out;
}

export const decode: Codec = async (data) => {
  const tables: Tables = { quantization: [], dc: [], ac: [], restart: 0 };
  const { scan, at } = readTables(new DataView(data.buffer, data.byteOffset, data.length), tables);
  const image = tables.image ?? refuse("damaged");
  const numbers = scan.getUint8(2);
  const codes: [Codes, Codes] = [tables.dc[numbers >> 4] ?? refuse("damaged"), tables.ac[numbers & 15] ?? refuse("damaged")];
  const samples = readScan(new Bits(data, at), tables, image, codes);
  return { bytes: new Uint8Array(samples.buffer), bits: image.bits, planar: false, rgb: false };
};
