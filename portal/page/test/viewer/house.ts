// The viewer's page in Debian's Chromium, with material to look at. Shared by the checks in a browser.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { expect } from "vitest";
import type { Series } from "../../src/study";
import { serve, type Served } from "./serve";

export const HERE = fileURLToPath(new URL(".", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";

export interface House {
  material: string;
  served: Served;
  browser: Browser;
  complaints: string[]; // of the pages: CSP, Trusted Types, errors
  page(query?: string): Promise<Page>;
  close(): Promise<void>;
}

/** Makes material by `make`, builds the page, serves both, starts the browser. */
export async function house(make: (folder: string) => void | Promise<void>): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), "viewer-"));
  const [material, page] = [join(folder, "material"), join(folder, "page")];
  await make(material);
  await build({ configFile: join(HERE, "vite.config.ts"), build: { outDir: page } });
  const served = await serve(page, material);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  const complaints: string[] = [];
  const close = async () => {
    await browser.close();
    await served.close();
    rmSync(folder, { recursive: true });
  };
  return { material, served, browser, complaints, close, page: (query = "") => open(browser, served, complaints, query) };
}

async function open(browser: Browser, served: Served, complaints: string[], query: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(served.url + query);
  return page;
}

export function python(script: string, ...args: string[]): void {
  execFileSync("/usr/bin/python3", [script, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

/** `expect` for what becomes true in a while, also on a machine that has other things to do. */
export function soon<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 20_000 });
}

/** Writes phantoms to a folder (docs/phantom.md). */
export function phantom(folder: string, study: string, ...more: string[]): void {
  python(join(HERE, "../../../../scripts/phantom"), folder, "--study", study, ...more);
}

export function seriesIn(folder: string): Series[] {
  return JSON.parse(readFileSync(join(folder, "all.json"), "utf8")) as Series[];
}

export function addSeries(folder: string, ...more: Series[]): void {
  writeFileSync(join(folder, "all.json"), JSON.stringify([...seriesIn(folder), ...more]));
}

/** Chooses the series of this description. */
export async function choose(page: Page, description: string): Promise<void> {
  await page.locator(".viewer-choice", { has: page.getByText(description, { exact: true }) }).click();
}

/** Waits until the image of this number is there, or said to be not to be had. */
export async function settled(page: Page, number: string): Promise<"shown" | "none"> {
  const surface = page.locator(".viewer-surface:not([data-state=waiting])", { has: page.getByText(number, { exact: true }) });
  await surface.waitFor();
  return (await surface.getAttribute("data-state")) as "shown" | "none";
}

/** The canvas' pixels, RGB, as the browser has them. */
export async function pixels(page: Page): Promise<Uint8Array> {
  const text = await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".viewer-canvas");
    const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let out = "";
    for (let i = 0; i < data.length; i += 4) out += String.fromCharCode(data[i], data[i + 1], data[i + 2]);
    return btoa(out);
  });
  return Buffer.from(text, "base64");
}
