import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { kSegment, NotGenuine, openWhole, plainLength, plainStart, segmentAt } from "../src/stream";
import { seal } from "./sealing";

const key = randomBytes(32);
const ad = Buffer.from("what it is for");
const first = kSegment - 56;
const other = kSegment - 16;

describe.each([0, 1, first - 1, first, first + 1, first + other, first + other + 1])("a stream of %i bytes", (length) => {
  const plain = randomBytes(length);
  const sealed = seal(key, ad, plain);

  it("opens", async () => {
    expect(plainLength(sealed.length)).toBe(length);
    expect(Buffer.from(await openWhole(key, ad, sealed)).equals(plain)).toBe(true);
  });
  it("does not open for another use, with another key, cut, or with a byte changed", async () => {
    const changed = Buffer.from(sealed);
    changed[sealed.length - 1]! ^= 1;
    for (const broken of [changed, sealed.subarray(0, -1), Buffer.concat([sealed, Buffer.alloc(1)])])
      await expect(openWhole(key, ad, broken)).rejects.toThrow(NotGenuine);
    await expect(openWhole(randomBytes(32), ad, sealed)).rejects.toThrow(NotGenuine);
    await expect(openWhole(key, Buffer.from("another"), sealed)).rejects.toThrow(NotGenuine);
  });
});

it("does not open when segments changed places, or the last one is gone", async () => {
  const sealed = seal(key, ad, randomBytes(first + 2 * other));
  const swapped = Buffer.concat([sealed.subarray(0, kSegment), sealed.subarray(2 * kSegment), sealed.subarray(kSegment, 2 * kSegment)]);
  await expect(openWhole(key, ad, swapped)).rejects.toThrow(NotGenuine);
  await expect(openWhole(key, ad, sealed.subarray(0, 2 * kSegment))).rejects.toThrow(NotGenuine);
});

it("knows in which segment a byte lies", () => {
  expect([0, first - 1, first, first + other - 1, first + other].map(segmentAt)).toEqual([0, 0, 1, 1, 2]);
  expect([0, 1, 2].map(plainStart)).toEqual([0, first, first + other]);
});
it("knows that no stream has such a length", () => expect([0, 39, 55, kSegment + 15, kSegment + 16].map(plainLength)).toEqual([null, null, null, null, null]));
