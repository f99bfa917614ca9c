// Drives Debian's Chromium for the tests: one JSON command a line on standard input, one JSON answer a line on
// standard output.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const options = JSON.parse(process.argv[2] ?? "{}");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"], headless: true });
const context = await browser.newContext({ acceptDownloads: true, locale: "en-GB", timezoneId: "Europe/Berlin", viewport: { width: 1280, height: 800 }, ...options });
const page = await context.newPage();
page.setDefaultTimeout(30_000);

const requests = [], complaints = [], downloads = [];
page.on("request", (request) => requests.push({ method: request.method(), url: request.url(), range: request.headers().range ?? "" }));
page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("download", (download) => downloads.push(download));
page.on("dialog", (dialog) => { complaints.push(`${dialog.type()} ${dialog.message()}`); void dialog.accept(); });
const cdp = await context.newCDPSession(page);
await cdp.send("Network.enable");

const until = async (found, timeout = 30_000) => {
  for (const end = Date.now() + timeout; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = await found();
    if (value) return value;
  }
  throw new Error(`not within ${timeout} ms; the page says: ${await page.innerText("body")}`);
};

const commands = {
  open: ({ url }) => page.goto(url).then(() => page.url()),
  fill: ({ label, text }) => page.getByLabel(label).fill(text),
  click: ({ name }) => page.getByRole("button", { name }).first().click(),
  press: ({ key }) => page.keyboard.press(key),
  text: () => page.innerText("body"),
  wait: ({ text, timeout }) => until(async () => (await page.innerText("body")).includes(text) && page.innerText("body"), timeout),
  shot: ({ path, full }) => page.screenshot({ path, fullPage: full ?? false }),
  size: ({ width, height }) => page.setViewportSize({ width, height }),
  evaluate: ({ script }) => page.evaluate(script),
  requests: () => requests,
  complaints: () => complaints,
  download: async ({ path, timeout }) => {
    const download = await until(() => downloads.shift(), timeout);
    await download.saveAs(path);
    return { name: download.suggestedFilename(), failure: await download.failure() };
  },
  throttle: ({ bytes }) => cdp.send("Network.emulateNetworkConditions",
    { offline: false, latency: 20, downloadThroughput: bytes, uploadThroughput: bytes }),
  offline: ({ on }) => context.setOffline(on),
  axe: async () => {
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  },
};

console.log(JSON.stringify({ ready: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await commands[command](rest)) ?? null }));
  } catch (fault) {
    console.log(JSON.stringify({ fault: String(fault) }));
  }
}
await browser.close();
