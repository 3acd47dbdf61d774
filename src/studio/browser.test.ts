/** The page in a real browser: what a person sees, with texts that try to be more than text. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock } from '../run/lock.js';
import { chromiumPath, drawnIn, FAINT, NO_BROWSER, openBrowser } from '../views/testing/browser.js';
import { HOSTILE, metricsLine, STEPS, stepEvent, writeRun } from '../views/testing/recorded-run.js';
import { type RunningStudio, startStudio } from './server.js';

const path = chromiumPath();
if (path === undefined) console.log(`studio in a browser: skipped, ${NO_BROWSER}`);

const MINUTE = 60_000;

describe.skipIf(path === undefined)('studio in a browser', { timeout: 2 * MINUTE }, () => {
  let folder: string;
  let studio: RunningStudio;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  /** What the browser complained of, and what it asked of any other server. */
  let complaints: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rlt-studio-browser-'));
    await writeRun(join(folder, 'example'));
    await writeRun(join(folder, 'other'), { name: 'other', beta: 0, done: false, gain: 0.2 });
    studio = await startStudio({ folders: [folder], port: 0 }, (error) => complaints.push(String(error)));
    browser = await openBrowser(path ?? '');
  }, 2 * MINUTE);
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    complaints = [];
    context = await browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (origin !== new URL(studio.url).origin && !request.url().startsWith('data:'))
        complaints.push(`asked ${request.url()}`);
    });
    await page.goto(studio.url);
    await page.getByRole('heading', { name: '2 runs' }).waitFor();
    // The run that is done has all pages.
    await page.getByRole('link', { name: 'example', exact: true }).click();
  });
  afterEach(async () => {
    // Whatever a test did: no text became a script, an element, or a request.
    expect(await page.evaluate('window.taken')).toBeUndefined();
    expect(
      await page.evaluate(
        `document.querySelectorAll('iframe, img, #app script, svg[onload], a[href^="javascript"]').length`,
      ),
    ).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  const textOf = async (selector: string): Promise<string> => (await page.locator(selector).first().innerText()).trim();

  it('the token leaves the address; without it nothing is shown', async () => {
    expect(page.url()).not.toContain(studio.token);
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(new URL(studio.url).origin);
    await stranger.getByText('open the address that rlt studio printed').waitFor();
    await stranger.context().close();
  });

  it('runs: states, stages, and differences of recipes', async () => {
    await expect.poll(() => textOf('section[aria-labelledby=run-title] p')).toBe(HOSTILE[0]);
    await expect.poll(() => page.locator('table').nth(1).locator('tbody tr').allInnerTexts()).toHaveLength(4);
    await page.getByLabel('compare other').check();
    await page.getByRole('heading', { name: 'Differences' }).waitFor();
    const row = page.getByRole('row', { name: 'stages.teach.beta' });
    expect(await row.innerText()).toMatch(/0\.04\s+0/);
  });

  it('metrics: curves with the words of docs/method.md, and red flags', async () => {
    await page.keyboard.press('2');
    const card = page.locator('[data-metric="completion/ended"]');
    await card.getByText('Fewer than half of the completions end by themselves').waitFor();
    expect(await card.innerText()).toContain('Healthy: above 0.95 after the warm-up');
    expect(await card.getByRole('img').getAttribute('aria-label')).toContain('last 0.2, 6 values');
    await expect.poll(() => page.locator('.card canvas').count()).toBe(5);
    await page.keyboard.press('/');
    await page.keyboard.type('zero');
    await expect.poll(() => page.locator('.card').count()).toBe(1);
  });

  it('metrics: smoothing, and time of work instead of steps', async () => {
    await page.keyboard.press('2');
    const card = page.locator('[data-metric=reward]');
    const label = () => card.getByRole('img').getAttribute('aria-label');
    await expect.poll(label).toContain('first -0.9, last -0.4, 6 values');
    await page.getByLabel('Smoothing').fill('0.5');
    // The weights are 1, 1/2, 1/4, ... from the last value back: -0.9 + 0.1 * 258 / 63.
    await expect.poll(label).toContain('first -0.9, last -0.4905, 6 values');
    await expect.poll(() => card.locator('.values').innerText()).toBe('-0.4905');

    const atTheEnd = async (): Promise<string> => {
      const box = await card.locator('.u-over').boundingBox();
      await card.locator('.u-over').hover({ position: { x: (box?.width ?? 0) - 4, y: 40 } });
      return await card.locator('.values').innerText();
    };
    await expect.poll(atTheEnd).toMatch(/^at 5 /);
    await page.getByLabel('Over').selectOption('time');
    // Six steps of 1.5 s.
    await expect.poll(atTheEnd).toMatch(/^at 9 s /);
  });

  it('metrics: several runs are laid over each other, in colours of their own', async () => {
    await page.getByLabel('compare other').check();
    await page.keyboard.press('2');
    const card = page.locator('[data-metric=reward]');
    await expect
      .poll(() => card.getByRole('img').getAttribute('aria-label'))
      .toBe('reward. example: first -0.9, last -0.4, 6 values; other: first -0.7, last -0.2, 6 values');
    expect((await textOf('.legend')).split(/\s+/)).toEqual(['example', 'other']);
    await expect.poll(() => card.locator('.values').innerText()).toMatch(/-0\.4\s+-0\.2/);
    const drawn = drawnIn('[data-metric=reward] canvas', ['--run-1', '--run-2', '--run-3']);
    await expect.poll(() => page.evaluate(drawn)).toEqual([true, true, false]);
  });

  it('groups: completions by reward, bars, the slider, filters, and hostile text as text', async () => {
    await page.keyboard.press('3');
    await page.locator('.sample').first().waitFor();
    await expect
      .poll(() => page.locator('.samples h3').allInnerTexts())
      .toEqual(['reward -0.55', 'reward -0.75', 'reward -0.85', 'reward -1.65']);
    for (const hostile of HOSTILE.slice(0, 3))
      await expect.poll(() => textOf('.sample[data-sample="0"] .body')).toContain(hostile);
    await expect.poll(() => page.locator('.problem .katex').count()).toBe(1);
    await expect.poll(() => textOf('.sample[data-sample="2"] .body')).toContain('That costs $5 and $6.');
    await expect.poll(() => page.locator('.sample.unended .badges').innerText()).toContain('cut: length');

    await expect.poll(() => textOf('.field.steps output')).toBe('6');
    await page.keyboard.press(',');
    await expect.poll(() => textOf('.field.steps output')).toBe('5');
    await expect.poll(() => page.locator('.item').count()).toBe(3);
    await page.keyboard.press('j');
    await expect.poll(() => textOf('.problem')).toContain(HOSTILE[1]);
    await page.keyboard.press('k');
    await expect.poll(() => textOf('.problem')).toContain('problem 0');
    await page.keyboard.press('.');
    await expect.poll(() => textOf('.field.steps output')).toBe('6');
    await page.keyboard.press(',');
    await page.keyboard.press('j');
    await expect.poll(() => textOf('.problem')).toContain(HOSTILE[1]);
    // Problem 1 is in every step; its chips go there.
    await expect.poll(() => page.locator('.chip').allInnerTexts()).toEqual(['1', '2', '3', '4', '5', '6']);
    await page.locator('.chip', { hasText: '2' }).click();
    await expect.poll(() => textOf('.field.steps output')).toBe('2');

    await page.getByRole('combobox', { name: /^Problems/ }).selectOption('leaked');
    await expect.poll(() => textOf('.item')).toContain('problem 3');
    await page.getByLabel('Search').fill('problem 3');
    await expect.poll(() => page.locator('.item').count()).toBe(1);
    await page.getByLabel('Search').fill('nowhere');
    await page.getByText('Nothing has this text.').waitFor();
  });

  it('groups: problems by what is unfinished, leaked, longest, and of the largest advantage', async () => {
    await page.keyboard.press('3');
    await page.locator('.sample').first().waitFor();
    await page.keyboard.press(',');
    await expect.poll(() => page.locator('.item').count()).toBe(3);
    const problems = async (): Promise<readonly string[]> => {
      const texts = await page.locator('.item').allInnerTexts();
      return texts.map((text) => /problem (\d)/.exec(text)?.[1] ?? '1');
    };
    const orders = {
      batch: ['0', '1', '2'],
      unfinished: ['2', '0', '1'],
      leaked: ['2', '1', '0'],
      longest: ['1', '2', '0'],
      advantage: ['1', '0', '2'],
    };
    for (const [order, expected] of Object.entries(orders)) {
      await page.getByRole('combobox', { name: /^Problems/ }).selectOption(order);
      await expect.poll(problems, { message: order }).toEqual(expected);
      // The first of the list is what is shown.
      await expect.poll(() => page.locator('.item[aria-current]').count()).toBe(1);
      expect(await page.locator('.item').first().getAttribute('aria-current')).toBe('true');
    }
  });

  it.each(['3', '4'])('page %s: a list that is slow to come asks for no problem of another step', async (key) => {
    await page.keyboard.press('3');
    await page.locator('.sample').first().waitFor();
    // Step 5 has three problems, step 4 has two.
    await page.keyboard.press(',');
    await expect.poll(() => page.locator('.item').count()).toBe(3);
    await page.locator('.item').last().click();
    await expect.poll(() => textOf('.problem')).toContain('problem 2');
    if (key === '4') {
      await page.keyboard.press('o');
      await page.locator('.token').first().waitFor();
    }
    await page.route('**/groups?*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    // A request for what is not there would be a complaint of the browser, which are looked at after the test.
    const answered = page.waitForResponse((response) => response.url().includes(key === '4' ? '/tokens?' : '/group?'));
    await page.keyboard.press(',');
    await expect.poll(() => textOf('.field.steps output')).toBe('4');
    expect((await answered).ok()).toBe(true);
    await page.unrouteAll({ behavior: 'wait' });
  });

  it('tokens: heat, the tokens that min and max chose, and arrow keys', async () => {
    await page.keyboard.press('3');
    await page.locator('.sample').first().waitFor();
    await page.locator('.sample[data-sample="2"] a').click();
    const explanation = page.locator('[data-panel=measure]');
    await explanation.locator('.token').first().waitFor();
    expect(await explanation.locator('.token').allInnerTexts()).toEqual([
      'Ann',
      ' has',
      ' 3',
      ' *',
      ' 3',
      ' =',
      ' 6',
      ' toys.',
      ' That',
      ' costs',
      ' $5',
      ' and',
      ' $6.',
    ]);
    // kl_k is three tenths times 1, 3, 5, 2, 4, ...: the largest is the third.
    expect(await explanation.locator('.marked').innerText()).toBe(' 3');
    expect(await explanation.locator('.marked').getAttribute('data-mark')).toBe('max');
    expect(await page.locator('[data-panel=solution] .marked').getAttribute('data-mark')).toBe('min');
    await explanation.locator('.token').first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect
      .poll(() => explanation.locator('.reading').innerText())
      .toMatch(/3\s+kl_k 1\.5\s+log p_S -2\s+log p_T -0\.5\s+chosen by max/);
    await page.locator('[data-panel=solution]').getByLabel('Colour').selectOption('alone');
    await expect.poll(() => page.locator('[data-panel=solution]').innerText()).toContain('behind an empty explanation');
    await page.keyboard.press('Tab');
    await page.locator('body').click({ position: { x: 600, y: 5 } });
    await page.keyboard.press('j');
    await expect.poll(() => textOf('.facts b')).toBe('-0.85');
    await page.keyboard.press('k');
    await expect.poll(() => textOf('.facts b')).toBe('-0.75');
    await page.keyboard.press(',');
    await expect.poll(() => textOf('.field.steps output')).toBe('5');
    await page.keyboard.press('.');
    await expect.poll(() => textOf('.field.steps output')).toBe('6');
    await expect.poll(() => textOf('.facts b')).toBe('-0.75');
  });

  it('a score stage: its traces by reward, and token by token without what only training has', async () => {
    await page
      .getByRole('row', { name: /^score/ })
      .getByRole('link', { name: 'rollouts' })
      .click();
    await page.locator('.sample').first().waitFor();
    await expect.poll(() => page.locator('.item').count()).toBe(2);
    expect(await page.getByLabel('Completions').locator('option').allInnerTexts()).toEqual([
      'token by token',
      'traces',
    ]);
    await expect.poll(() => page.locator('.samples h3').allInnerTexts()).toEqual(['reward -1']);
    expect(await textOf('.sample .badges')).not.toContain('advantage');
    await page.locator('.sample a').click();
    await page.locator('[data-panel=measure] .token').first().waitFor();
    expect(await textOf('[data-panel=measure] .marked')).toContain('2');
    await expect.poll(() => page.locator('[data-panel=solution] .marked').getAttribute('data-mark')).toBe('min');
    const colours = await page.locator('[data-panel=measure]').getByLabel('Colour').locator('option').allInnerTexts();
    expect(colours.join()).toContain('kl_k');
    expect(colours.join()).not.toMatch(/training|reference/);
    await page.keyboard.press('3');
    await page.getByLabel('Completions').selectOption('traces');
    await expect.poll(() => page.locator('.field.steps').count()).toBe(0);
    await expect.poll(() => page.locator('.samples h3').allInnerTexts()).toEqual(['reward -1']);
  });

  it('students: intervals, and answers side by side', async () => {
    await page.keyboard.press('5');
    await page.getByRole('img', { name: /^held-out: base 0\.0 %.*; rlt 66\.7 %, 56\.7 % to 76\.7 %/ }).waitFor();
    await page.getByRole('img', { name: /^larger-numbers: base 0\.0 %.*; rlt 33\.3 %, 23\.3 % to 43\.3 %/ }).waitFor();
    await page.getByLabel('Show').selectOption('second');
    await page.getByLabel('Problems of').selectOption('larger-numbers');
    await expect.poll(() => page.locator('.answered').count()).toBe(1);
    await page.getByLabel('Problems of').selectOption('held-out');
    await expect.poll(() => page.locator('.answered').count()).toBe(2);
    await expect.poll(() => textOf('.answered')).toContain(HOSTILE[0]);
    await expect.poll(() => textOf('.answers .body')).toContain(HOSTILE[1]);
    await page.getByLabel('Show').selectOption('first');
    await page.getByText('No such problem.').waitFor();
  });

  it('traces are read by the same page', async () => {
    await page
      .getByRole('row', { name: /^explain/ })
      .getByRole('link', { name: 'traces' })
      .click();
    await page.locator('.sample').first().waitFor();
    await expect.poll(() => textOf('.sample .body')).toContain(HOSTILE[0]);
    await expect.poll(() => page.locator('.field.steps').count()).toBe(0);
  });

  it('a run that is training is followed while the page is open', async () => {
    const directory = join(folder, 'other');
    const lock = await acquireLock(directory);
    try {
      await page
        .getByRole('row', { name: /other/ })
        .getByText('running')
        .waitFor({ timeout: MINUTE / 4 });
      await page.keyboard.press('1');
      await page.getByRole('link', { name: 'other', exact: true }).click();
      await page.keyboard.press('2');
      const chart = page.locator('[data-metric=reward]').getByRole('img');
      await expect.poll(() => chart.getAttribute('aria-label')).toContain(`${STEPS} values`);
      appendFileSync(join(directory, 'events.jsonl'), `${JSON.stringify(stepEvent(STEPS))}\n`);
      appendFileSync(join(directory, 'metrics.jsonl'), `${JSON.stringify(metricsLine(STEPS))}\n`);
      await expect
        .poll(() => chart.getAttribute('aria-label'), { timeout: MINUTE / 4 })
        .toContain(`${STEPS + 1} values`);
    } finally {
      await lock.release();
    }
  });

  it('a run that changes faster than its metrics are answered is shown all the same', async () => {
    const directory = join(folder, 'other');
    const files = ['events.jsonl', 'metrics.jsonl'].map((name) => join(directory, name));
    const before = files.map((file) => readFileSync(file));
    await page.getByRole('link', { name: 'other', exact: true }).click();
    await page.keyboard.press('2');
    await expect.poll(() => textOf('.legend')).toBe('other');
    const chart = page.locator('[data-metric=reward]').getByRole('img');
    const values = async () => Number(/(\d+) values/.exec((await chart.getAttribute('aria-label')) ?? '')?.[1]);
    const first = await values();
    await page.route('**/metrics', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await route.continue().catch(() => undefined);
    });
    let step = first;
    // The studio looks once a second, and finds another state each time.
    const growth = setInterval(() => {
      appendFileSync(files[0] ?? '', `${JSON.stringify(stepEvent(step))}\n`);
      appendFileSync(files[1] ?? '', `${JSON.stringify(metricsLine(step))}\n`);
      step++;
    }, 500);
    try {
      await expect.poll(values, { timeout: MINUTE / 3 }).toBeGreaterThan(first + 1);
      const seen = await values();
      await expect.poll(values, { timeout: MINUTE / 3 }).toBeGreaterThan(seen);
      clearInterval(growth);
      await expect.poll(values, { timeout: MINUTE / 3 }).toBe(step);
    } finally {
      clearInterval(growth);
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      for (const [i, file] of files.entries()) writeFileSync(file, before[i] ?? '');
    }
  });

  it('what each page is for is on the screen of 1280 x 720 at once', async () => {
    const first: Readonly<Record<string, readonly string[]>> = {
      '1': ['.runs tbody tr >> nth=1', 'section[aria-labelledby=run-title] tbody tr >> nth=3', '.events li'],
      '2': ['.toolbar', '.flags', '.card canvas'],
      '3': ['.toolbar', '.problem', '.list', '.sample .bars', '.sample[data-sample="2"] .body'],
      '4': ['.toolbar', '[data-panel=measure] .reading', '[data-panel=solution] .reading'],
      '5': ['.plot >> nth=1', 'section[aria-label^=answers] .toolbar', '.answered .badge'],
    };
    for (const [key, selectors] of Object.entries(first)) {
      await page.keyboard.press(key);
      for (const selector of ['header.top', ...selectors]) {
        const place = page.locator(selector).first();
        await place.waitFor();
        const box = await place.boundingBox();
        expect((box?.x ?? Number.NaN) >= 0 && (box?.y ?? Number.NaN) >= 0, `${selector} of page ${key}`).toBe(true);
        expect((box?.x ?? 0) + (box?.width ?? 0), `${selector} of page ${key}`).toBeLessThanOrEqual(1280);
        expect((box?.y ?? 0) + (box?.height ?? 0), `${selector} of page ${key}`).toBeLessThanOrEqual(720);
      }
      // What is below can be scrolled to, and what is above it stays reachable.
      await page.mouse.move(640, 500);
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      const atTheBottom = 'Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight';
      await expect.poll(() => page.evaluate(atTheBottom)).toBe(true);
      expect((await page.locator('header.top').boundingBox())?.y).toBe(0);
      await page.evaluate('scrollTo(0, 0)');
    }
    await page.keyboard.press('?');
    const help = await page.getByRole('dialog').boundingBox();
    expect((help?.y ?? -1) >= 0 && (help?.y ?? 0) + (help?.height ?? 0) <= 720).toBe(true);
    await page.keyboard.press('Escape');
  });

  it('text has enough contrast, light and dark, and all fits into 1280 pixels', async () => {
    for (const theme of ['light', 'dark']) {
      if ((await page.evaluate('document.documentElement.dataset.theme')) !== theme) await page.keyboard.press('t');
      for (const key of ['1', '2', '3', '4', '5']) {
        await page.keyboard.press(key);
        await page.locator('main .panel, main .card, main .split').first().waitFor();
        await expect.poll(() => page.locator('[aria-busy]').count()).toBe(0);
        expect(await page.evaluate('document.documentElement.scrollWidth'), key).toBeLessThanOrEqual(1280);
        expect(await page.evaluate(FAINT), `page ${key}, ${theme}`).toEqual([]);
      }
    }
  });

  it('all controls have names', async () => {
    for (const key of ['1', '2', '3', '4', '5']) {
      await page.keyboard.press(key);
      await page.locator('main .panel, main .card, main .split').first().waitFor();
      const unnamed = await page.evaluate(`[...document.querySelectorAll('button, select, input, a[href]')]
        .filter((e) => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.outerHTML)`);
      expect(unnamed, key).toEqual([]);
    }
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
  });
});
