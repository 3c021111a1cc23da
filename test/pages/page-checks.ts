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

/** Each of the first things that take the focus looks different with it. */
export async function assertFocusVisible(page: Page, most: number): Promise<void> {
  const unfocused = await page.evaluate<string[]>(`(${rememberStyles})()`);
  assert.ok(unfocused.length > 0, 'the page has nothing to focus');
  // After a key the browser takes every focus for one of the keyboard, so the others need no key each.
  await page.keyboard.press('Tab');
  assert.deepEqual(await page.evaluate<string[]>(`(${findInvisibleFocus})(${most})`), []);
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
  document.activeElement?.blur();
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

const findInvisibleFocus = `(most) => {
  const elements = [...window.unfocusedLooks.keys()]
    .filter((element) => element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true }))
    .slice(0, most);
  const invisible = [];
  for (const element of elements) {
    element.focus();
    if (document.activeElement !== element) continue;
    if (window.unfocusedLooks.get(element) === window.lookOf(element)) invisible.push(element.outerHTML.slice(0, 120));
  }
  document.activeElement?.blur();
  return invisible;
}`;
