// With fingers, on a telephone's screen; and the shape of pixels that are not square.

import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Series } from "../../src/study";
import { element, EXPLICIT, imageElements, part10 } from "./fakes";
import { choose, house, settled, soon, type House } from "./house";

const SIDE = 32;

let home: House;

/** Twelve images of a slope of grey; and one whose pixels are twice as high as they are wide. */
function makeMaterial(folder: string): void {
  mkdirSync(folder);
  const slope = Uint8Array.from({ length: SIDE * SIDE * 2 }, (_, i) => (i % 2 === 0 ? (i / 2) % SIDE : 0));
  const pixels = element("7fe00010", "OW", slope);
  const image = imageElements({ rows: SIDE, columns: SIDE });
  const tall = element("00280030", "DS", "2\\1");
  writeFileSync(join(folder, "plain.dcm"), part10(EXPLICIT, ...image, pixels));
  writeFileSync(join(folder, "tall.dcm"), part10(EXPLICIT, ...image, tall, pixels));
  const study = [series("plain", 12, folder), series("tall", 1, folder)];
  writeFileSync(join(folder, "study.json"), JSON.stringify(study));
}

function series(name: string, count: number, folder: string): Series {
  const file = `${name}.dcm`;
  const { size } = statSync(join(folder, file));
  const about = { sopClass: "", transferSyntax: EXPLICIT, file, size, frames: 1 };
  const instances = Array.from({ length: count }, (_, i) => ({ uid: `${name} ${i}`, ...about }));
  return { uid: name, modality: "MR", description: name, instances };
}

beforeAll(async () => {
  home = await house(makeMaterial);
}, 300_000);

afterAll(() => (home as House | undefined)?.close());

async function telephone(): Promise<[Page, CDPSession]> {
  const page = await home.browser.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.goto(home.served.url);
  await settled(page, "1 / 12");
  return [page, await page.context().newCDPSession(page)];
}

type Point = [number, number];

/** Each step has one point for each finger. */
async function drag(session: CDPSession, ...steps: Point[][]): Promise<void> {
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: Point[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  await touch("touchStart", steps[0]);
  for (const step of steps.slice(1)) await touch("touchMove", step);
  await touch("touchEnd", []);
}

const width = (page: Page) => page.locator(".viewer-canvas").evaluate((canvas) => canvas.getBoundingClientRect().width);

test("a finger scrolls, and the window mode makes it change the window", { timeout: 60_000 }, async () => {
  const [page, session] = await telephone();
  expect(await page.getByRole("button", { name: "Scroll" }).getAttribute("aria-pressed")).toBe("true");
  await drag(session, [[200, 400]], [[200, 430]], [[200, 461]]);
  await settled(page, "6 / 12");
  const before = await page.locator(".viewer-values").textContent();
  const windowMode = page.getByRole("button", { name: "Window" });
  await windowMode.click();
  await soon(() => windowMode.getAttribute("aria-pressed")).toBe("true");
  await drag(session, [[200, 400]], [[260, 400]]);
  await soon(() => page.locator(".viewer-values").textContent()).not.toBe(before);
  await settled(page, "6 / 12");
  await page.close();
});

test("two fingers zoom and scroll nothing", { timeout: 60_000 }, async () => {
  const [page, session] = await telephone();
  const before = await width(page);
  await drag(session, [[180, 450], [210, 450]], [[150, 450], [240, 450]], [[120, 450], [270, 450]]);
  await soon(() => width(page)).toBeGreaterThan(3 * before);
  await settled(page, "1 / 12");
  await page.getByRole("button", { name: "Fit" }).click();
  await soon(() => width(page)).toBeCloseTo(before, 3);
  await page.close();
});

test("pixels that are twice as high as wide are drawn so", { timeout: 60_000 }, async () => {
  const [page] = await telephone();
  await choose(page, "tall");
  expect(await settled(page, "1 / 1")).toBe("shown");
  const height = await page.locator(".viewer-canvas").evaluate((canvas) => canvas.getBoundingClientRect().height);
  expect(height / (await width(page))).toBeCloseTo(2, 5);
  await page.getByRole("button", { name: "1:1" }).click();
  const ratio = await page.evaluate(() => devicePixelRatio);
  await soon(() => width(page)).toBeCloseTo(SIDE / ratio, 5);
  await page.close();
});
