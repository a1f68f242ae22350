// Looks at pages in Chromium as readers would: node look.mjs BROWSER OUT.json PICTURES PAGE...
// Of each page: violations that axe-core finds in light and in dark, errors on the console, requests, pictures without
// a description, how far the page is wider than the window, how long until it can be used, and where Tab leads first.
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [browserPath, out, pictures, ...pages] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [360, 768, 1280];
const root = process.getuid && process.getuid() === 0;
const browser = await chromium.launch({ executablePath: browserPath, args: root ? ["--no-sandbox"] : [] });
if (pictures !== "-") mkdirSync(pictures, { recursive: true });

// As a reader has it: the page's own policy holds, nothing is put into it.
async function asRead(file) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: true });
  const page = await context.newPage();
  const console_ = [], requests = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) console_.push(message.text()); });
  page.on("pageerror", (error) => console_.push(String(error)));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith("data:") && url !== pathToFileURL(file).href) requests.push(url);
  });
  const begun = Date.now();
  await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
  const usable = Date.now() - begun;
  const wide = {};
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    wide[width] = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (pictures !== "-") await page.screenshot({ path: `${pictures}/${basename(file, ".html")}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.textContent.trim());
  const undescribed = await page.evaluate(() =>
    [...document.images].filter((image) => image.alt.trim().split(/\s+/).length < 4).map((image) => image.alt));
  const images = await page.evaluate(() => document.images.length);
  if (pictures !== "-") {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${pictures}/${basename(file, ".html")}-dark.png`, fullPage: true });
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.screenshot({ path: `${pictures}/${basename(file, ".html")}-print.png`, fullPage: true });
  }
  await context.close();
  return { usable, console: console_, requests, wide, first, undescribed, images };
}

// axe has to be put into the page, which the page's policy rightly forbids, so that policy is off here and only here.
async function violations(file, colorScheme, width) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, bypassCSP: true, colorScheme });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
  await page.addScriptTag({ content: axe });
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  await context.close();
  return found.violations.map((one) => ({
    rule: one.id, impact: one.impact, help: one.help, scheme: colorScheme, width,
    nodes: one.nodes.length, example: one.nodes[0].html.slice(0, 200),
  }));
}

const seen = {};
for (const file of pages) {
  seen[file] = {
    ...(await asRead(file)),
    violations: [...(await violations(file, "light", 1280)), ...(await violations(file, "dark", 360))],
  };
}
await browser.close();
writeFileSync(out, JSON.stringify(seen, null, 1));
