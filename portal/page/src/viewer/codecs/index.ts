// Transfer syntaxes and who decodes them. A codec is fetched when the first image that needs it comes.

import type { Codec } from "./codec";

type Load = () => Promise<{ decode: Codec }>;

const jpeg: Load = () => import("./jpeg");
const extended: Load = () => import("./jpeg_extended");
const lossless: Load = () => import("./jpeg_lossless");
const jpegls: Load = () => import("./jpegls");
const jpeg2000: Load = () => import("./jpeg2000");
const htj2k: Load = () => import("./htj2k");

const EXTENDED = "1.2.840.10008.1.2.4.51";

const CODECS: Record<string, Load> = {
  "1.2.840.10008.1.2.4.50": jpeg,
  [EXTENDED]: jpeg,
  "1.2.840.10008.1.2.4.57": lossless,
  "1.2.840.10008.1.2.4.70": lossless,
  "1.2.840.10008.1.2.4.80": jpegls,
  "1.2.840.10008.1.2.4.81": jpegls,
  "1.2.840.10008.1.2.4.90": jpeg2000,
  "1.2.840.10008.1.2.4.91": jpeg2000,
  "1.2.840.10008.1.2.4.201": htj2k,
  "1.2.840.10008.1.2.4.202": htj2k,
  "1.2.840.10008.1.2.4.203": htj2k,
};

export function isKnown(syntax: string): boolean {
  return Object.hasOwn(CODECS, syntax);
}

/** By the bits of a sample too: JPEG Extended has them 8 or 12. */
export function codecOf(syntax: string, bits: number): Load {
  return syntax === EXTENDED && bits > 8 ? extended : CODECS[syntax];
}
