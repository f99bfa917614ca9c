// An HTJ2K image, which neither DCMTK nor GDCM writes: encoded by OpenJPH itself, losslessly.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Instance } from "../../src/study";
import { addSeries } from "./house";
import { DELIMITER, element, imageElements, item, part10 } from "./fakes";

const LOSSLESS = "1.2.840.10008.1.2.4.201";

interface About {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: number;
  isSigned: boolean;
  isUsingColorTransform: boolean;
}

interface Encoder {
  getDecodedBuffer(about: About): Uint8Array;
  setQuality(reversible: boolean, step: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
}

type Factory = () => Promise<{ HTJ2KEncoder: new () => Encoder }>;

async function encoded(raw: Uint8Array, side: number): Promise<Uint8Array> {
  const factory = createRequire(import.meta.url)("@cornerstonejs/codec-openjph/wasmjs") as Factory;
  const encoder = new (await factory()).HTJ2KEncoder();
  const about = { width: side, height: side, bitsPerSample: 12, componentCount: 1, isSigned: false, isUsingColorTransform: false };
  encoder.getDecodedBuffer(about).set(raw);
  encoder.setQuality(true, 0);
  encoder.encode();
  const data = encoder.getEncodedBuffer();
  return Uint8Array.from([...data, ...(data.length % 2 ? [0] : [])]);
}

/** Adds the pixels of `htj2k.raw` (512 x 512, 12 bits) to all.json as a series. */
export async function addHtj2k(folder: string): Promise<void> {
  const data = await encoded(readFileSync(join(folder, "htj2k.raw")), 512);
  const values = [["00281050", "40"], ["00281051", "400"], ["00281052", "-1024"], ["00281053", "1"]];
  const pixels = element("7fe00010", "OB", Uint8Array.from(Buffer.concat([item([]), item(data), DELIMITER])), 0xffffffff);
  const image = imageElements({ rows: 512, columns: 512 });
  const file = part10(LOSSLESS, ...image, ...values.map(([tag, value]) => element(tag, "DS", value)), pixels);
  writeFileSync(join(folder, "htj2k.dcm"), file);
  const instance: Instance = { uid: "htj2k", sopClass: "", transferSyntax: LOSSLESS, file: "htj2k.dcm", size: file.length, frames: 1 };
  addSeries(folder, { uid: "htj2k", modality: "CT", description: "htj2k", instances: [instance] });
}
