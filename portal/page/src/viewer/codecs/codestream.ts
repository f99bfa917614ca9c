// What a codestream says of itself, read before a codec is let near it: a frame that is not of the size its header
// promised is refused.

import type { Layout } from "../layout";
import { refuse } from "../refusal";

export interface Shape {
  rows: number;
  columns: number;
  samples: number;
  bits: number;
}

const SOC = 0xff4f;
const SOI = 0xffd8;

/** SOF0 to SOF15 and JPEG-LS' SOF55, without DHT, JPG and DAC, which lie between. */
function isFrameHeader(marker: number): boolean {
  return (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) || marker === 0xfff7;
}

function jpegShape(view: DataView): Shape {
  for (let at = 2; at + 10 <= view.byteLength; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) at += 1;
    else if (isFrameHeader(marker)) return frameHeader(view, at + 4);
    else if (marker < 0xffc0) refuse("damaged");
    else at += 2 + view.getUint16(at + 2);
  }
  return refuse("damaged");
}

function frameHeader(view: DataView, at: number): Shape {
  return { bits: view.getUint8(at), rows: view.getUint16(at + 1), columns: view.getUint16(at + 3), samples: view.getUint8(at + 5) };
}

/** The SIZ marker segment comes first (ISO/IEC 15444-1 A.5.1). */
function jpeg2000Shape(view: DataView): Shape {
  if (view.byteLength < 43 || view.getUint16(2) !== 0xff51) refuse("damaged");
  const [x, y, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at));
  return { columns: x - left, rows: y - top, samples: view.getUint16(40), bits: (view.getUint8(42) & 0x7f) + 1 };
}

export function codestreamShape(data: Uint8Array): Shape {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const start = data.length < 12 ? 0 : view.getUint16(0);
  if (start === SOC) return jpeg2000Shape(view);
  return start === SOI ? jpegShape(view) : refuse("damaged");
}

export function checkShape(data: Uint8Array, layout: Layout): Shape {
  const shape = codestreamShape(data);
  const same = shape.rows === layout.rows && shape.columns === layout.columns && shape.samples === layout.samples;
  if (!same || shape.bits > 16) refuse("damaged");
  return shape;
}
