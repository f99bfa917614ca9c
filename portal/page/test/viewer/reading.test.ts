// What the viewer fetches, keeps and lets go of, and how it is used without a mouse.

import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Series } from "../../src/study";
import { choose, house, phantom, settled, soon, type House } from "./house";

const FRAMES = 200;
const FRAME = 512 * 512 * 2; // bytes
const LARGE = "large/multiframe/00001.dcm";

let home: House;

const slice = (number: number) => `standard/ct/${String(number).padStart(5, "0")}.dcm`;

function seriesOf(description: string, modality: string, files: string[], folder: string, frames = 1): Series {
  const instances = files.map((file) => ({
    uid: `${description} ${file}`, sopClass: "", transferSyntax: "", file, size: statSync(join(folder, file)).size, frames,
  }));
  return { uid: description, modality, description, instances };
}

/** A CT series whose third slice is cut short, and one that pretends to be of 65,535 x 65,535 pixels. */
function makeMaterial(folder: string): void {
  phantom(join(folder, "standard"), "standard");
  phantom(join(folder, "large"), "multiframe-2g", "--slices", String(FRAMES));
  const slices = Array.from({ length: 64 }, (_, i) => slice(i + 1));
  copyFileSync(join(folder, slices[2]), join(folder, "cut.dcm"));
  truncateSync(join(folder, "cut.dcm"), 200_000);
  writeFileSync(join(folder, "vast.dcm"), vast(readFileSync(join(folder, slices[3]))));
  const broken = [slices[0], slices[1], "cut.dcm", "vast.dcm", slices[4]];
  const study = [
    seriesOf("ct", "CT", slices, folder),
    seriesOf("large", "CT", [LARGE], folder, FRAMES),
    seriesOf("jpegls", "CT", ["standard/jpegls/00001.dcm"], folder),
    seriesOf("broken", "CT", broken, folder),
    seriesOf("report", "SR", ["standard/rdsr/00001.dcm"], folder, 0),
  ];
  writeFileSync(join(folder, "study.json"), JSON.stringify(study));
}

/** Rows and Columns (0028,0010 and 0011), explicit VR, made 65,535. */
function vast(file: Buffer): Buffer {
  for (const tag of ["28001000", "28001100"]) {
    const at = file.indexOf(Buffer.from(`${tag}55530200`, "hex"));
    file.writeUInt16LE(0xffff, at + 8);
  }
  return file;
}

beforeAll(async () => {
  home = await house(makeMaterial);
}, 300_000);

afterAll(() => (home as House | undefined)?.close());

async function opened(): Promise<Page> {
  const page = await home.page();
  await settled(page, "1 / 64");
  return page;
}

/** The broken series has none: its middle image is the one that is cut short. */
async function thumbnailsDone(page: Page): Promise<void> {
  await soon(() => page.locator("canvas[data-drawn]").count()).toBe(3);
  await soon(() => page.locator("canvas[data-failed]").count()).toBe(1);
}

test("one frame of a large multi-frame image reads its header and that frame, with its neighbours", { timeout: 60_000 }, async () => {
  const page = await opened();
  await thumbnailsDone(page);
  await choose(page, "large");
  await settled(page, `1 / ${FRAMES}`);
  await soon(() => home.served.read.get(LARGE) ?? 0).toBeGreaterThan(3 * FRAME);
  home.served.read.clear();
  await page.getByRole("slider").fill("100");
  await settled(page, `100 / ${FRAMES}`);
  await soon(() => home.served.read.get(LARGE)).toBe(4 * FRAME);
  await page.close();
});

test("images that were jumped over are not fetched", { timeout: 60_000 }, async () => {
  const page = await opened();
  await thumbnailsDone(page);
  home.served.read.clear();
  await page.locator(".viewer-surface").press("End");
  await settled(page, "64 / 64");
  await soon(() => home.served.read.has(slice(63))).toBe(true);
  const jumped = Array.from({ length: 58 }, (_, i) => slice(i + 4));
  expect(jumped.filter((name) => home.served.read.has(name))).toEqual([]);
  await page.close();
});

test("what is scrolled past is let go of before it is read", { timeout: 60_000 }, async () => {
  const page = await opened();
  await thumbnailsDone(page);
  const slider = page.getByRole("slider");
  await slider.evaluate((one) => {
    for (const at of ["10", "20", "30", "40", "50"]) {
      (one as HTMLInputElement).value = at;
      one.dispatchEvent(new Event("input"));
    }
  });
  expect(await settled(page, "50 / 64")).toBe("shown");
  const letGo = await page.evaluate(() => (globalThis as unknown as { letGo: string[] }).letGo);
  expect(letGo).toEqual(expect.arrayContaining([10, 20, 30, 40].map(slice)));
  expect(letGo).not.toContain(slice(50));
  await page.close();
});

test("a codec is fetched when an image needs it, and not before", { timeout: 60_000 }, async () => {
  home.served.asked.length = 0;
  const page = await opened();
  await thumbnailsDone(page);
  const codecs = home.served.asked.filter((path) => path.endsWith(".wasm"));
  expect(codecs).toEqual([expect.stringContaining("charlswasm_decode")]);
  await page.close();
});

test("a damaged image says so in a sentence, and the others go on", { timeout: 60_000 }, async () => {
  const page = await opened();
  await choose(page, "broken");
  expect(await settled(page, "1 / 5")).toBe("shown");
  for (const [place, state, words] of [["3", "none", "damaged"], ["4", "none", "too large"], ["5", "shown", ""]]) {
    await page.getByRole("slider").fill(place);
    expect(await settled(page, `${place} / 5`)).toBe(state);
    expect(await page.locator(".viewer-message").textContent()).toContain(words);
  }
  await page.close();
});

test("everything goes by keyboard", { timeout: 60_000 }, async () => {
  const page = await opened();
  const surface = page.locator(".viewer-surface");
  const keys = { ArrowDown: 2, ArrowRight: 3, PageDown: 13, ArrowUp: 12, PageUp: 2, Home: 1, End: 64 };
  for (const [key, number] of Object.entries(keys)) {
    await surface.press(key);
    expect(await settled(page, `${number} / 64`)).toBe("shown");
  }
  const transform = () => page.locator(".viewer-canvas").evaluate((canvas) => (canvas as HTMLElement).style.transform);
  const fitted = await transform();
  for (const key of ["+", "Shift+ArrowLeft"]) {
    const before = await transform();
    await surface.press(key);
    await soon(transform).not.toBe(before);
  }
  await surface.press("0");
  await soon(transform).toBe(fitted);
  await surface.press("w");
  await surface.press("Shift+C");
  await soon(() => page.locator(".viewer-values").textContent()).toBe("C 27  W 413");
  expect(await page.getByRole("combobox").inputValue()).toBe("own");
  await surface.press("r");
  await soon(() => page.locator(".viewer-values").textContent()).toBe("C 40  W 400");
  await page.close();
});

test("mouse and wheel scroll, window and zoom", { timeout: 60_000 }, async () => {
  const page = await opened();
  await page.mouse.move(700, 400);
  await page.mouse.wheel(0, 120);
  await settled(page, "3 / 64");
  await page.mouse.down();
  await page.mouse.move(764, 400);
  await page.mouse.up();
  await soon(() => page.locator(".viewer-values").textContent()).toBe("C 40  W 500");
  await page.getByRole("combobox").selectOption("lung");
  await soon(() => page.locator(".viewer-values").textContent()).toBe("C -600  W 1500");
  const scale = () => page.locator(".viewer-canvas").evaluate((canvas) => canvas.getBoundingClientRect().width);
  const before = await scale();
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -240);
  await page.keyboard.up("Control");
  await soon(scale).toBeGreaterThan(before * 2);
  await settled(page, "3 / 64");
  await page.close();
});

test("the number of the image is said once the scrolling rests; a report is named, not offered", { timeout: 60_000 }, async () => {
  const page = await opened();
  await page.locator(".viewer-surface").press("PageDown");
  await soon(() => page.locator(".viewer-unseen").textContent()).toBe("Image 11 of 64");
  expect(await page.getByRole("slider").getAttribute("aria-valuetext")).toBe("Image 11 of 64");
  expect(await page.locator(".viewer-report").textContent()).toContain("it is in the download");
  expect(await page.locator("button", { hasText: "report" }).count()).toBe(0);
  await page.close();
});

test("at 320 pixels nothing is cut off sideways, and what is touched is 24 pixels large", { timeout: 60_000 }, async () => {
  const page = await opened();
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  const sizes = await page.evaluate(() =>
    [...document.querySelectorAll(".viewer button, .viewer select, .viewer input, .viewer summary")].map((one) => {
      const { width, height } = one.getBoundingClientRect();
      return Math.min(width, height);
    }),
  );
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(24);
  expect(await page.getByText("Not for diagnosis").isVisible()).toBe(true);
  await page.close();
});

test("nothing is stored, and closing drops everything", { timeout: 60_000 }, async () => {
  const page = await opened();
  expect(page.workers().length).toBe(1);
  await page.evaluate(() => (globalThis as unknown as { viewer: { close(): void } }).viewer.close());
  await soon(() => page.workers().length).toBe(0);
  const left = await page.evaluate(async () => ({
    elements: document.querySelectorAll("#viewer *").length,
    stored: localStorage.length + sessionStorage.length + (await indexedDB.databases()).length + (await caches.keys()).length,
  }));
  expect(left).toEqual({ elements: 0, stored: 0 });
  await page.close();
});

test("the policy is in force: scripts from strings are refused", { timeout: 60_000 }, async () => {
  const page = await opened();
  const refused = await page.evaluate(() => {
    try {
      return String(new Worker("/assets/none.js"));
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(refused).toBe("TypeError");
  await page.close();
});
