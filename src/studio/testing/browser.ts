/** A browser for tests, where the machine has one. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.RLT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export const NO_BROWSER = 'needs Chromium (Debian: apt-get install chromium), or its path in RLT_CHROMIUM';

/** Where a Chromium is; undefined on a machine without. */
export const chromiumPath = (): string | undefined => PLACES.find((place) => place !== undefined && existsSync(place));

/** Containers rarely let Chromium make the sandbox that it wants; it opens nothing but our own page here. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox'] });
