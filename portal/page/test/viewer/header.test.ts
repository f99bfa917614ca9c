// Headers: read with as little as holds them, and not believed.

import { describe, expect, test } from "vitest";
import { readHeader } from "../../src/viewer/header";
import { nativeRange } from "../../src/viewer/frame_bytes";
import { shadeOf } from "../../src/viewer/shades";
import { element, EXPLICIT, imageElements, Memory, part10, type Shape } from "./fakes";

const pixels = (length = 8, claimed = length) => element("7fe00010", "OW", new Uint8Array(length), claimed);
const read = (file: Uint8Array) => {
  const memory = new Memory(file);
  return readHeader(memory, memory.instance);
};
const nameless = (...elements: Uint8Array[]) => Uint8Array.from(Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), ...elements]));
const JPEGLS = "1.2.840.10008.1.2.4.80";

test("the first 64 KiB do for most images", async () => {
  const memory = new Memory(part10(EXPLICIT, ...imageElements({ rows: 512, columns: 512 }), pixels(512 * 512 * 2)));
  const header = await readHeader(memory, memory.instance);
  expect(memory.reads).toEqual([[0, 65536]]);
  expect(nativeRange(header, 0).to).toBe(memory.instance.size);
});

test("more is read when pixels begin later, up to four times as much each time", async () => {
  const long = element("00091010", "OB", new Uint8Array(300_000));
  const memory = new Memory(part10(EXPLICIT, long, ...imageElements(), pixels()));
  expect((await readHeader(memory, memory.instance)).layout.rows).toBe(2);
  expect(memory.reads).toEqual([[0, 65536], [65536, 262144], [262144, memory.instance.size]]);
});

test("an element that ends just where the reading ended does not stand for the whole header", async () => {
  const before = part10(EXPLICIT).length;
  const fills = element("00091010", "OB", new Uint8Array(65536 - before - 12));
  expect((await read(part10(EXPLICIT, fills, ...imageElements(), pixels()))).layout.columns).toBe(2);
});

describe("hostile:", () => {
  const image = (shape: Shape, data = pixels()) => part10(EXPLICIT, ...imageElements(shape), data);

  test.each<[string, string, Uint8Array]>([
    ["no Part 10 file", "damaged", new Uint8Array(4096)],
    ["an empty file", "damaged", new Uint8Array(0)],
    ["no pixels", "noPixels", part10(EXPLICIT, ...imageElements())],
    ["a length beyond the end", "damaged", image({}, pixels(8, 0x7ffffff0))],
    ["an element longer than the file", "damaged", part10(EXPLICIT, element("00091010", "OB", [1], 0xfffffff0), pixels())],
    ["no rows", "damaged", image({ rows: 0 })],
    ["too many columns", "tooLarge", image({ columns: 40000 })],
    ["too many pixels", "tooLarge", image({ rows: 30000, columns: 30000 })],
    ["an image that takes more than 256 MB to draw", "tooLarge", image({ rows: 9000, columns: 9000 })],
    ["more bits stored than allocated", "damaged", image({ stored: 17 })],
    ["High Bit below the bits stored", "damaged", image({ stored: 12, highBit: 5 })],
    ["no bits", "damaged", image({ stored: 0, highBit: 0 })],
    ["24 bits allocated", "unsupported", image({ allocated: 24 })],
    ["two samples", "unsupported", image({ samples: 2 })],
    ["an unknown photometric interpretation", "unsupported", image({ photometric: "CMYK" })],
    ["RGB of one sample", "unsupported", image({ photometric: "RGB" })],
    ["a palette image without a palette", "unsupported", image({ photometric: "PALETTE COLOR" })],
    ["frames below zero", "damaged", image({ frames: "-3" })],
    ["a milliard frames", "damaged", image({ frames: "1000000000" })],
    ["uncompressed pixels of undefined length", "damaged", image({}, pixels(8, 0xffffffff))],
    ["compressed pixels of defined length", "damaged", part10(JPEGLS, ...imageElements(), pixels())],
    ["no transfer syntax", "damaged", nameless(...imageElements(), pixels())],
  ])("%s is refused as %s", async (_, reason, file) => {
    await expect(read(file)).rejects.toMatchObject({ name: expect.stringMatching("Refusal") as string, reason });
  });

  test("any file cut anywhere is refused, or read with all it claims", async () => {
    const whole = image({});
    for (let length = 0; length < whole.length; length++) {
      await expect(read(whole.slice(0, length))).rejects.toMatchObject({ name: "Refusal" });
    }
    await expect(read(whole)).resolves.toBeDefined();
  });

  test("frames that the pixels do not hold are refused one by one", async () => {
    const header = await read(image({ frames: "3" }, pixels(16)));
    expect(nativeRange(header, 1)).toMatchObject({ to: header.fileSize });
    expect(() => nativeRange(header, 2)).toThrow("damaged");
  });
});

describe("shading", () => {
  const sequence = (tag: string, ...content: Uint8Array[]) => {
    const body = Buffer.concat(content);
    const head = Buffer.from("feff00e000000000", "hex");
    head.writeUInt32LE(body.length, 4);
    return element(tag, "SQ", Uint8Array.from(Buffer.concat([head, body])));
  };
  const ds = (tag: string, value: string) => element(tag, "DS", value);
  const rescale = (slope: string, intercept: string) => sequence("00289145", ds("00281052", intercept), ds("00281053", slope));
  const window = (center: string, width: string) => sequence("00289132", ds("00281050", center), ds("00281051", width));

  test("comes from a frame's own groups, else from shared ones", async () => {
    const shared = sequence("52009229", window("40", "400"), rescale("1", "-1024"));
    const own = sequence("52009230", window("60", "100"));
    const { shades } = await read(part10(EXPLICIT, ...imageElements(), shared, own, pixels()));
    expect(shadeOf(shades, 0)).toMatchObject({ rescale: { slope: 1, intercept: -1024 }, window: { center: 60, width: 100 } });
    expect(shadeOf(shades, 5)).toMatchObject({ rescale: { slope: 1, intercept: -1024 }, window: { center: 40, width: 400 } });
  });

  test("takes the first of several windows, and the pixels' shape from their spacing", async () => {
    const some = [ds("00280030", "1.5\\0.5"), ds("00281050", "40\\-600"), ds("00281051", "400\\1500")];
    const { shades } = await read(part10(EXPLICIT, ...imageElements(), ...some, pixels()));
    expect(shadeOf(shades, 0)).toMatchObject({ aspect: 3, window: { center: 40, width: 400 }, rescale: { slope: 1, intercept: 0 } });
  });

  test("does not take nonsense", async () => {
    const some = [ds("00280030", "0\\-1"), ds("00281050", "x"), ds("00281051", "0"), ds("00281053", "0")];
    const { shades } = await read(part10(EXPLICIT, ...imageElements(), ...some, pixels()));
    expect(shadeOf(shades, 0)).toEqual({ aspect: 1, window: undefined, rescale: { slope: 1, intercept: 0 } });
  });
});
