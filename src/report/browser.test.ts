/** A report in a real browser, opened from the disk: what a person sees, and that nothing is asked of anybody. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, FAINT, NO_BROWSER, openBrowser } from '../views/testing/browser.js';
import { HOSTILE, writeRun } from '../views/testing/recorded-run.js';
import { reportHtml } from './html.js';
import { runReport } from './run-report.js';

const path = chromiumPath();
if (path === undefined) console.log(`reports in a browser: skipped, ${NO_BROWSER}`);

const MINUTE = 60_000;

describe.skipIf(path === undefined)('a report in a browser', { timeout: 2 * MINUTE }, () => {
  let folder: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rlt-report-browser-'));
    await writeRun(join(folder, 'run'));
    writeFileSync(join(folder, 'report.html'), reportHtml(await runReport(join(folder, 'run'))));
    browser = await openBrowser(path ?? '');
  }, 2 * MINUTE);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['light', 'dark'] as const)('%s: read by a person, from the disk, without a request', async (colorScheme) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme });
    const page = await context.newPage();
    const heard: string[] = [];
    page.on('console', (message) => heard.push(message.text()));
    page.on('pageerror', (error) => heard.push(String(error)));
    page.on('dialog', (dialog) => {
      heard.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    const own = pathToFileURL(join(folder, 'report.html')).href;
    page.on('request', (request) => {
      if (request.url() !== own) heard.push(`asked ${request.url()}`);
    });
    await page.goto(own);

    await page.getByRole('heading', { level: 1, name: 'example' }).waitFor();
    await page.getByRole('img', { name: /accuracy on held-out: base 0\.0 %.*rlt 66\.7 %, 56\.7 to 76\.7 %/ }).waitFor();
    await page.getByRole('img', { name: 'reward of teach over steps: 6 steps, first -0.9, last -0.4' }).waitFor();
    expect(await page.getByRole('row', { name: /^rlt held-out 66\.7 %/ }).count()).toBe(1);
    expect(await page.locator('.flag').allInnerTexts()).toEqual([
      expect.stringContaining('Fewer than half of the completions end by themselves'),
    ]);
    expect(await page.getByRole('heading', { name: /^Before: step [12]$/ }).count()).toBe(4);
    expect(await page.getByRole('heading', { name: 'After: step 6' }).count()).toBeGreaterThan(0);
    // 12/2, set as a fraction above its line.
    const fraction = await page.locator('math mfrac').first().boundingBox();
    expect(fraction?.height).toBeGreaterThan(20);
    const text = await page.locator('body').innerText();
    for (const hostile of HOSTILE.slice(0, 2)) expect(text).toContain(hostile);
    expect(text).toContain('npx rlt run recipe.yaml');
    expect(await page.evaluate('window.taken')).toBeUndefined();
    expect(
      await page.evaluate(`document.querySelectorAll('script, iframe, img, a, link, [onload], [onerror]').length`),
    ).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(1280);
    expect(await page.evaluate(FAINT)).toEqual([]);
    expect(heard).toEqual([]);
    await context.close();
  });
});
