import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
let axeSource: Promise<string> | undefined;

interface AxeResults {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
}

/** The accessibility rules of axe-core at WCAG 2.2 AA and its best practices find nothing. */
export async function assertAccessible(page: Page): Promise<void> {
  axeSource ??= readFile(axePath, 'utf8');
  // Evaluated by the debugger, which the page's content security policy does not bind.
  await page.evaluate(await axeSource);
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })');
  const found = results.violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`),
  }));
  assert.deepEqual(found, []);
}

/** Nothing is wider than the window: a phone never scrolls sideways. */
export async function assertFitsWidth(page: Page): Promise<void> {
  const { content, view } = await page.evaluate<{ content: number; view: number }>(
    '({ content: document.documentElement.scrollWidth, view: document.documentElement.clientWidth })',
  );
  assert.ok(content <= view, `the page is ${content} px wide in a window of ${view} px`);
}

/** Each of the first stops of the Tab key looks different from the same element without focus. */
export async function assertFocusVisible(page: Page, mostStops: number): Promise<void> {
  const unfocused = await page.evaluate<string[]>(`(${rememberStyles})()`);
  assert.ok(unfocused.length > 0, 'the page has nothing to focus');
  const invisible = new Set<string>();
  for (let stop = 0; stop < mostStops; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate<{ name: string; isVisible: boolean } | null>(`(${compareFocused})()`);
    if (seen === null) break;
    if (!seen.isVisible) invisible.add(seen.name);
  }
  assert.deepEqual([...invisible], []);
}

/** A picture of the whole page, when SCREENSHOT_DIR names a folder. */
export async function takeScreenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOT_DIR;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

// The two run inside the page, as text.
const rememberStyles = `() => {
  const look = (element) => {
    const targets = [element, element.nextElementSibling, ...element.querySelectorAll('*')].filter(Boolean).slice(0, 4);
    const pseudos = ['', '::before', '::after'];
    return targets.flatMap((target) => pseudos.map((pseudo) => {
      const style = getComputedStyle(target, pseudo || undefined);
      return [style.outline, style.boxShadow, style.backgroundColor, style.borderColor, style.color].join('|');
    })).join('~');
  };
  window.lookOf = look;
  window.unfocusedLooks = new Map();
  const focusable = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]');
  for (const element of focusable) window.unfocusedLooks.set(element, look(element));
  return [...window.unfocusedLooks.values()];
}`;

const compareFocused = `() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const before = window.unfocusedLooks.get(element);
  const name = element.outerHTML.slice(0, 120);
  return { name, isVisible: before === undefined || before !== window.lookOf(element) };
}`;
