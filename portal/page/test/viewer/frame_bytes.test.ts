// Where frames lie: uncompressed, by offset tables, by walking; and that only they are read.

import { describe, expect, test } from "vitest";
import { Encapsulated, extendedRanges, nativeRange, tableRanges } from "../../src/viewer/frame_bytes";
import { readHeader, type Header } from "../../src/viewer/header";
import { layout } from "./layouts";
import { DELIMITER, element, EXPLICIT, imageElements, item, Memory, part10 } from "./fakes";

const RLE = "1.2.840.10008.1.2.5";
const JPEGLS = "1.2.840.10008.1.2.4.80";
const SOI = [0xff, 0xd8];

function table(...offsets: number[]): Uint8Array {
  return item(new Uint8Array(Uint32Array.from(offsets).buffer));
}

async function encapsulated(syntax: string, frames: number, ...items: Uint8Array[]): Promise<[Encapsulated, Memory]> {
  const pixels = element("7fe00010", "OB", Uint8Array.from(Buffer.concat(items)), 0xffffffff);
  const memory = new Memory(part10(syntax, ...imageElements({ frames: String(frames) }), pixels));
  const header = await readHeader(memory, memory.instance);
  memory.reads.length = 0;
  return [new Encapsulated(memory, memory.instance, header), memory];
}

const list = async (of: Encapsulated, frame: number) => [...(await of.frame(frame))];

describe("uncompressed", () => {
  test("frame after frame", async () => {
    const pixels = element("7fe00010", "OW", new Uint8Array(24));
    const memory = new Memory(part10(EXPLICIT, ...imageElements({ frames: "3" }), pixels));
    const header = await readHeader(memory, memory.instance);
    const { at } = header.pixels;
    const wanted = [0, 8, 16].map((from) => ({ from: at + from, to: at + from + 8, firstBit: 0 }));
    expect([0, 1, 2].map((frame) => nativeRange(header, frame))).toEqual(wanted);
  });

  test("frames of single bits may begin within a byte", () => {
    const bits = layout({ rows: 3, columns: 3, allocated: 1, stored: 1 });
    const header = { pixels: { at: 100, length: 4 }, fileSize: 104, layout: bits };
    expect(nativeRange(header as unknown as Header, 2)).toEqual({ from: 102, to: 104, firstBit: 2 });
  });
});

describe("with a Basic Offset Table", () => {
  test("a frame of two fragments is read alone and joined", async () => {
    const [frames, memory] = await encapsulated(JPEGLS, 2, table(0, 10), item([1, 2]), item([3, 4]), item([5, 6]), DELIMITER);
    expect(await list(frames, 1)).toEqual([3, 4, 5, 6]);
    expect(await list(frames, 0)).toEqual([1, 2]);
    expect(memory.reads.map(([from, to]) => to - from)).toEqual([8, 8, 28, 10]); // its head, the table, two frames
  });

  test.each([
    ["descending", [10, 0]],
    ["not from 0", [4, 10]],
    ["beyond the file", [0, 4000]],
  ])("a table that is %s is not believed, but walked past", async (_, offsets) => {
    const [frames] = await encapsulated(RLE, 2, table(...offsets), item([1, 2]), item([3, 4]), DELIMITER);
    expect(await list(frames, 1)).toEqual([3, 4]);
  });

  test("offsets into the midst of items find no frame", async () => {
    const [frames] = await encapsulated(RLE, 2, table(0, 9), item([1, 2, 3, 4]), item([5, 6]), DELIMITER);
    await expect(frames.frame(1)).rejects.toThrow("damaged");
  });

  test("ranges end with the file", () => expect(tableRanges([0, 20], 100, 150)).toEqual([{ from: 100, to: 120 }, { from: 120, to: 150 }]));
});

describe("with an Extended Offset Table", () => {
  test("frames have their lengths", () => {
    expect(extendedRanges({ offsets: [0, 18], lengths: [9, 4] }, 100, 140)).toEqual([{ from: 100, to: 118 }, { from: 118, to: 130 }]);
  });

  test("it is not believed beyond the file", () => {
    expect(extendedRanges({ offsets: [0, 2 ** 60], lengths: [8, 8] }, 100, 140)).toBeUndefined();
    expect(extendedRanges({ offsets: [0], lengths: [2 ** 63] }, 100, 140)).toBeUndefined();
  });
});

describe("without a table", () => {
  test("one frame is all there is", async () => {
    const [frames] = await encapsulated(JPEGLS, 1, item([]), item([...SOI, 1, 2]), item([3, 4]), DELIMITER);
    expect(await list(frames, 0)).toEqual([...SOI, 1, 2, 3, 4]);
  });

  test("in RLE each fragment is a frame", async () => {
    const [frames] = await encapsulated(RLE, 3, item([]), item([1, 1]), item([2, 2]), item([3, 3]), DELIMITER);
    expect(await Promise.all([2, 0, 1].map((frame) => list(frames, frame)))).toEqual([[3, 3], [1, 1], [2, 2]]);
  });

  test("else a frame begins with its marker", async () => {
    const [frames] = await encapsulated(JPEGLS, 2, item([]), item([...SOI, 1, 1]), item([9, 9]), item([...SOI, 2, 2]), DELIMITER);
    expect(await list(frames, 0)).toEqual([...SOI, 1, 1, 9, 9]);
    expect(await list(frames, 1)).toEqual([...SOI, 2, 2]);
    await expect(frames.frame(2)).rejects.toThrow("damaged");
  });

  test("only item headers are read on the way to a frame", async () => {
    const large = () => item(Uint8Array.from({ length: 100_000 }, (_, i) => SOI[i] ?? 0));
    const [frames, memory] = await encapsulated(JPEGLS, 4, item([]), large(), large(), large(), large(), DELIMITER);
    expect((await frames.frame(2)).length).toBe(100_000);
    const read = memory.reads.reduce((sum, [from, to]) => sum + to - from, 0);
    expect(read).toBeLessThan(100_000 + 5 * 4096);
  });

  test("more frames than the header says are refused", async () => {
    const [frames] = await encapsulated(RLE, 2, item([]), item([1, 1]), item([2, 2]), item([3, 3]), DELIMITER);
    expect(await list(frames, 0)).toEqual([1, 1]);
    await expect(frames.frame(1)).rejects.toThrow("damaged");
  });

  test("an item that is longer than the file is refused", async () => {
    const lies = Uint8Array.from(item([1, 2]));
    lies[6] = 0x7f;
    const [frames] = await encapsulated(RLE, 2, item([]), lies, item([3, 4]), DELIMITER);
    await expect(frames.frame(0)).rejects.toThrow("damaged");
  });
});

test("who asks again after an aborted reading gets the frame", async () => {
  const [frames] = await encapsulated(JPEGLS, 2, table(0, 10), item([1, 2]), item([3, 4]), DELIMITER);
  const stop = new AbortController();
  stop.abort();
  const [gone, here] = await Promise.allSettled([frames.frame(0, stop.signal), frames.frame(1)]);
  expect([gone.status, here.status]).toEqual(["rejected", "fulfilled"]);
});
