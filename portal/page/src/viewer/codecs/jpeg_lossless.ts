// JPEG Lossless, processes 14 and 14 SV1.

import { Decoder } from "@cornerstonejs/jpeg-lossless-decoder-js";
import { checkShape } from "./codestream";
import type { Codec } from "./codec";

export const decode: Codec = async (data, layout) => {
  const { bits } = checkShape(data, layout);
  const whole = data.slice();
  const decoded = new Decoder().decode(whole.buffer, 0, whole.length, bits > 8 ? 2 : 1);
  return { bytes: new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength), bits, planar: false, rgb: false };
};
