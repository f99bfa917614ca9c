// The VOI LUT functions against values worked out by hand from PS3.3 C.11.2.1.2, for an output of 0 to 255.

import { describe, expect, test } from "vitest";
import { bounded } from "../../src/viewer/samples";
import { fullRange, shade, validWindow, voi, type Shading, type Window } from "../../src/viewer/voi";

const linear = (center: number, width: number): Window => ({ center, width, shape: "LINEAR" });

describe("LINEAR", () => {
  test("the standard's note: c 2048, w 4096 takes 0 to 0 and 4095 to all", () => {
    expect(voi(0, linear(2048, 4096))).toBe(0);
    expect(voi(4095, linear(2048, 4096))).toBe(255);
    expect(voi(2048, linear(2048, 4096))).toBeCloseTo((0.5 / 4095 + 0.5) * 255, 10);
  });

  test("the standard's note: c 2048, w 1 is a threshold between 2047 and 2048", () => {
    expect(voi(2047, linear(2048, 1))).toBe(0);
    expect(voi(2048, linear(2048, 1))).toBe(255);
  });

  test("the standard's note: c 0, w 100 goes from -50 to 49", () => {
    expect(voi(-50, linear(0, 100))).toBe(0);
    expect(voi(-49, linear(0, 100))).toBeCloseTo(255 / 99, 10);
    expect(voi(49, linear(0, 100))).toBeCloseTo(255, 10);
    expect(voi(50, linear(0, 100))).toBe(255);
  });

  test("soft tissue: water is at 102.5 of 255", () => {
    expect(voi(0, linear(40, 400))).toBeCloseTo((-39.5 / 399 + 0.5) * 255, 10);
  });
});

test("LINEAR_EXACT: c 0, w 100 goes from -50 to 50, with the half at 0", () => {
  const exact: Window = { center: 0, width: 100, shape: "LINEAR_EXACT" };
  expect([-50, -25, 0, 25, 50].map((x) => voi(x, exact))).toEqual([0, 63.75, 127.5, 191.25, 255]);
});

test("SIGMOID: the half at the centre, 1 / (1 + e^-2) half a width above", () => {
  const sigmoid: Window = { center: 100, width: 50, shape: "SIGMOID" };
  expect(voi(100, sigmoid)).toBe(127.5);
  expect(voi(125, sigmoid)).toBeCloseTo(224.6, 1);
  expect(voi(75, sigmoid)).toBeCloseTo(30.4, 1);
});

describe("windows that no function is defined for are none", () => {
  test.each([
    [40, 0, undefined],
    [40, 0.5, "LINEAR"],
    [40, -400, "SIGMOID"],
    [40, 0, "LINEAR_EXACT"],
    [NaN, 400, undefined],
    [40, Infinity, undefined],
    [undefined, 400, undefined],
  ])("%s, %s, %s", (center, width, shape) => expect(validWindow(center, width, shape)).toBeUndefined());

  test("but small widths are defined where they divide", () => expect(validWindow(0, 0.5, "LINEAR_EXACT")).toBeDefined());
  test("an unknown function is LINEAR, the default", () => expect(validWindow(0, 2, "CUBIC")?.shape).toBe("LINEAR"));
});

describe("a frame", () => {
  const grey = bounded(Int16Array.of(-2000, 0, 500, 1000), { low: -2000, high: -2000 });
  const plain: Shading = { window: linear(500, 1001), rescale: { slope: 1, intercept: 0 }, inverted: false };
  const drawn = (shading: Shading, of = grey) => {
    const out = new Uint32Array(of.samples.length);
    shade(of, shading, out);
    return [...out].map((pixel) => pixel & 0xff);
  };

  test("spans its values without the padding", () => expect(fullRange(grey, plain.rescale)).toMatchObject({ center: 500, width: 1000 }));
  test("of padding only spans that", () => expect(bounded(Uint8Array.of(7, 7), { low: 7, high: 7 })).toMatchObject({ least: 7, most: 7 }));
  test("spans rescaled values also with a slope below zero", () => {
    expect(fullRange(grey, { slope: -2, intercept: 10 })).toMatchObject({ center: -990, width: 2000 });
  });
  test("is rescaled before it is windowed", () => {
    expect(drawn({ ...plain, window: linear(1000, 2001), rescale: { slope: 2, intercept: 0 } })).toEqual([0, 0, 128, 255]);
  });
  test("is inverted after, its padding black", () => {
    const padding = { low: -2000, high: -2000 };
    expect(drawn({ ...plain, inverted: true, padding })).toEqual([0, 255, 127, 0]);
  });
  test("of values too far apart for a table is drawn the same", () => {
    const wide = bounded(Int32Array.of(-2_000_000, 0, 1_000_000));
    expect(drawn({ ...plain, window: { center: 0, width: 2_000_000, shape: "LINEAR_EXACT" } }, wide)).toEqual([0, 128, 255]);
  });
});
