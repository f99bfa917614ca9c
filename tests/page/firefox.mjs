// Drives Debian's Firefox for the tests, with the commands of chromium.mjs that it needs.
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const { downloads } = JSON.parse(process.argv[2] ?? "{}");
const browser = await puppeteer.launch({
  browser: "firefox", executablePath: "/usr/bin/firefox-esr", headless: true,
  extraPrefsFirefox: {
    "browser.download.dir": downloads, "browser.download.folderList": 2, "browser.download.useDownloadDir": true,
    "browser.download.always_ask_before_handling_new_types": false, "intl.accept_languages": "en-GB",
  },
});
const page = (await browser.pages())[0] ?? (await browser.newPage());
await page.setViewport({ width: 1280, height: 800 });
const text = () => page.evaluate(() => document.body.innerText);
const complaints = [];
page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
page.on("pageerror", (error) => complaints.push(String(error)));

const commands = {
  open: ({ url }) => page.goto(url).then(() => page.url()),
  fill: async ({ label, text }) => {
    const id = await page.evaluate((wanted) => [...document.querySelectorAll("label")].find((one) => one.textContent.startsWith(wanted)).htmlFor, label);
    await page.evaluate((one) => (document.getElementById(one).value = ""), id);
    await page.type(`#${id}`, text);
  },
  click: ({ name }) => page.evaluate((wanted) => {
    const found = [...document.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent).startsWith(wanted));
    found.click();
  }, name),
  text,
  wait: async ({ text: wanted, timeout }) => {
    for (const end = Date.now() + (timeout ?? 30_000); Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const shown = await text();
      if (shown.includes(wanted)) return shown;
    }
    throw new Error(`not shown; the page says: ${await text()}`);
  },
  shot: ({ path }) => page.screenshot({ path }),
  evaluate: ({ script }) => page.evaluate(script),
  complaints: () => complaints,
};

console.log(JSON.stringify({ ready: await browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...rest } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await commands[command](rest)) ?? null }));
  } catch (fault) {
    console.log(JSON.stringify({ fault: String(fault) }));
  }
}
await browser.close();
