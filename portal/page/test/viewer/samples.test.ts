// From bytes to stored values and colours.

import { describe, expect, test } from "vitest";
import { colour, paletteColour } from "../../src/viewer/colour";
import { unpackRle } from "../../src/viewer/rle";
import { unpack } from "../../src/viewer/samples";
import { layout } from "./layouts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("stored values", () => {
  test("of 12 bits drop what lies above, and below High Bit 15", () => {
    const data = bytes(0x34, 0xf2, 0xff, 0xff, 0, 0, 1, 0);
    expect([...unpack(data, layout({ stored: 12 }))]).toEqual([0x234, 0xfff, 0, 1]);
    expect([...unpack(data, layout({ stored: 12, highBit: 15 }))]).toEqual([0xf23, 0xfff, 0, 0]);
  });

  test("of 12 bits, signed, extend their sign", () => {
    const data = bytes(0xff, 0x0f, 0x00, 0x08, 0xff, 0x07, 1, 0);
    expect([...unpack(data, layout({ stored: 12, signed: true }))]).toEqual([-1, -2048, 2047, 1]);
  });

  test("of 16 bits come big endian and from an odd place", () => {
    const data = bytes(9, 0x80, 0x01, 0, 2, 0, 3, 0, 4).subarray(1);
    expect([...unpack(data, layout({ bigEndian: true, signed: true }))]).toEqual([-32767, 2, 3, 4]);
  });

  test("of 32 bits and of 8, signed", () => {
    const wide = layout({ columns: 1, allocated: 32, stored: 32 });
    expect([...unpack(bytes(0xff, 0xff, 0xff, 0xff), wide)]).toEqual([0xffffffff]);
    expect([...unpack(bytes(0x80, 0x7f, 0, 0xff), layout({ allocated: 8, stored: 8, signed: true }))]).toEqual([-128, 127, 0, -1]);
  });

  test("of single bits begin where the frame before ended", () => {
    expect([...unpack(bytes(0b10110000), layout({ allocated: 1, stored: 1 }), 4)]).toEqual([1, 1, 0, 1]);
  });

  test("that are too few are refused", () => {
    expect(() => unpack(bytes(1, 2, 3), layout())).toThrow("damaged");
    expect(() => unpack(bytes(1), layout({ allocated: 1, stored: 1 }), 5)).toThrow("damaged");
  });
});

describe("colours", () => {
  const eight = { allocated: 8, stored: 8, samples: 3, columns: 2 };

  test("by pixel and by plane", () => {
    expect([...colour(bytes(1, 2, 3, 4, 5, 6), layout({ ...eight, photometric: "RGB" })).rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
    const planes = layout({ ...eight, photometric: "RGB", planar: true });
    expect([...colour(bytes(1, 4, 2, 5, 3, 6), planes).rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });

  test("YBR_FULL: grey stays grey, pure red is 76, 85, 255, and what is out of range is cut", () => {
    const data = bytes(100, 128, 128, 76, 85, 255);
    expect([...colour(data, layout({ ...eight, photometric: "YBR_FULL" })).rgba]).toEqual([100, 100, 100, 255, 254, 0, 0, 255]);
  });

  test("YBR_FULL_422: two pixels share their chrominance", () => {
    const data = bytes(100, 76, 85, 255);
    const [first, second] = [100 + 1.402 * 127, 76 + 1.402 * 127].map((red) => Math.min(255, Math.round(red)));
    const { rgba } = colour(data, layout({ ...eight, photometric: "YBR_FULL_422" }));
    expect([rgba[0], rgba[4]]).toEqual([first, second]);
  });

  test("16 bits are cut to 8", () => {
    const deep = layout({ samples: 3, columns: 1, photometric: "RGB" });
    expect([...colour(bytes(0, 1, 0, 2, 0xff, 0xff), deep).rgba]).toEqual([1, 2, 255, 255]);
  });

  test("PALETTE COLOR: below the first entry the first, beyond the last the last", () => {
    const table = { first: 10, red: bytes(1, 2), green: bytes(3, 4), blue: bytes(5, 6) };
    const { rgba } = paletteColour(bytes(0, 10, 11, 200), layout(), table);
    expect([0, 1, 2, 3].map((i) => [...rgba.subarray(4 * i, 4 * i + 3)])).toEqual([[1, 3, 5], [1, 3, 5], [2, 4, 6], [2, 4, 6]]);
  });
});

describe("RLE", () => {
  const packed = (segments: number[][]) => {
    const head = new Uint32Array(16);
    head[0] = segments.length;
    let at = 64;
    segments.forEach((segment, i) => ((head[i + 1] = at), (at += segment.length)));
    return Uint8Array.from([...new Uint8Array(head.buffer), ...segments.flat()]);
  };

  test("runs and literals, high bytes first", () => {
    const data = packed([[0xfd, 1], [3, 10, 20, 30, 40]]); // four times 1; 10, 20, 30, 40
    expect([...unpack(unpackRle(data, layout()), layout())]).toEqual([266, 276, 286, 296]);
  });

  test.each([
    ["a segment that ends early", packed([[0xfd, 1], [1, 10, 20]])],
    ["a literal beyond its segment", packed([[0xfd, 1], [7, 10, 20]])],
    ["another number of segments", packed([[0xfd, 1]])],
    ["no room for the header", bytes(1, 2, 3)],
    ["an offset beyond the end", Uint8Array.from(packed([[0xfd, 1], [3, 1, 2, 3, 4]]).fill(0xff, 8, 12))],
  ])("%s is refused", (_, data) => expect(() => unpackRle(data, layout())).toThrow("damaged"));
});
