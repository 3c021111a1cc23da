import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the browser on this machine, CHROMIUM_PATH first; undefined when there is none. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  return [...(named ? [named] : []), ...usualPaths].find((path) => existsSync(path));
}

/** Why page tests cannot run here, or false. On CI a missing browser is a failure, never a skip. */
export function skipReason(): string | false {
  if (findChromium() !== undefined || process.env.CI) return false;
  return 'no Chromium: install it or set CHROMIUM_PATH';
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error('Install Chromium or set CHROMIUM_PATH to run the page tests');
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}
