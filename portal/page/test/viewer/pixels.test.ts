// What is seen is what is stored: the canvas against pixels that numpy and pydicom computed.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addBroken, BROKEN, VARIANTS } from "./broken";
import { addHtj2k } from "./htj2k";
import { choose, HERE, house, pixels, python, seriesIn, settled, type House } from "./house";

let home: House;
let expected: Record<string, string>;

beforeAll(async () => {
  home = await house(async (folder) => {
    python(join(HERE, "material.py"), folder);
    await addHtj2k(folder);
    addBroken(folder);
  });
  expected = JSON.parse(readFileSync(join(home.material, "expected.json"), "utf8")) as Record<string, string>;
}, 300_000);

afterAll(() => (home as House | undefined)?.close());

const EXACT = {
  "uncompressed, explicit": "ct",
  "uncompressed, implicit": "mr",
  "uncompressed, big endian": "big",
  "8 bits": "dose",
  "32 bits": "32 bits",
  "signed, with a slope of a half": "signed",
  "MONOCHROME1": "monochrome1",
  "High Bit 15 of 12 bits stored": "high bit 15",
  "rows of an odd length": "rows of 61",
  "RLE Lossless": "rle",
  "JPEG-LS Lossless": "jpegls one",
  "JPEG Lossless SV1": "lossless",
  "JPEG Lossless": "lossless14",
  "JPEG 2000 Lossless": "j2k",
  "HTJ2K Lossless": "htj2k",
  "RGB": "rgb",
  "RGB by plane": "rgb planes",
  "YBR_FULL": "ybr",
  "YBR_FULL_422": "ybr 422",
  "PALETTE COLOR": "palette",
  "RGB in RLE": "rgb rle",
  "RGB in JPEG-LS": "rgb jpegls",
  "RGB in JPEG-LS by plane": "rgb jpegls planes",
  "RGB in JPEG Lossless": "rgb lossless",
  "RGB in JPEG 2000": "rgb j2k",
};

function first(name: string): string {
  const instances = seriesIn(home.material).find(({ description }) => description === name)?.instances ?? [];
  return `1 / ${instances.reduce((sum, { frames }) => sum + frames, 0)}`;
}

describe("exactly", () => {
  test.each(Object.entries(EXACT))("%s", { timeout: 60_000 }, async (_, name) => {
    const page = await home.page("?name=all.json");
    await choose(page, name);
    expect(await settled(page, first(name))).toBe("shown");
    expect(createHash("sha256").update(await pixels(page)).digest("hex")).toBe(expected[name]);
    await page.close();
  });

  test.each(["rle", "jpegls one", "lossless", "lossless14", "j2k"])("signed values in %s", { timeout: 60_000 }, async (name) => {
    const page = await home.page("?name=all.json");
    await choose(page, `signed ${name}`);
    expect(await settled(page, "1 / 1")).toBe("shown");
    expect(createHash("sha256").update(await pixels(page)).digest("hex")).toBe(expected.signed);
    await page.close();
  });

  const many = ["multiframe", "frames with table", "frames without table"];
  test.each(many)("the seventh frame of an enhanced object, with its functional groups: %s", { timeout: 60_000 }, async (name) => {
    const page = await home.page("?name=all.json");
    await choose(page, name);
    await page.getByRole("slider").fill("7");
    expect(await settled(page, "7 / 16")).toBe("shown");
    expect(createHash("sha256").update(await pixels(page)).digest("hex")).toBe(expected["multiframe 7"]);
    await page.close();
  });
});

describe("lossy, within what two decoders differ by", () => {
  const jpeg = { baseline: 4, "baseline rgb": 4, "extended 8": 3, "extended 12": 1, "extended 12 odd": 1 };
  const within = { ...jpeg, "near jpegls": 0, "lossy j2k": 1 };

  test.each(Object.entries(within))("%s", { timeout: 60_000 }, async (name, most) => {
    const page = await home.page("?name=all.json");
    await choose(page, name);
    expect(await settled(page, "1 / 1")).toBe("shown");
    const wanted = readFileSync(join(home.material, `${name}.rgb`));
    const seen = await pixels(page);
    expect(seen.length).toBe(wanted.length);
    expect(seen.reduce((worst, value, i) => Math.max(worst, Math.abs(value - wanted[i])), 0)).toBeLessThanOrEqual(most);
    await page.close();
  });
});

describe("images damaged within their compressed pixels do not keep the whole one from being shown:", () => {
  test.each(BROKEN)("%s", { timeout: 120_000 }, async (name) => {
    const page = await home.page("?name=all.json");
    await choose(page, `broken ${name}`);
    const total = VARIANTS + 1;
    for (let at = 1; at < total; at++) {
      await page.getByRole("slider").fill(String(at));
      await settled(page, `${at} / ${total}`);
    }
    await page.getByRole("slider").fill(String(total));
    expect(await settled(page, `${total} / ${total}`)).toBe("shown");
    if (expected[name]) expect(createHash("sha256").update(await pixels(page)).digest("hex")).toBe(expected[name]);
    await page.close();
  });
});

test("neither the policy nor Trusted Types had anything to complain of", () => {
  expect(home.complaints).toEqual([]);
});
