/** A recipe that runs while its pages are open: they follow it, and show what it leaves. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readParquet } from '../data/files/parquet.js';
import { linesOf, start, TINY } from '../pipeline/testing/rlt.js';
import { chromiumPath, NO_BROWSER, openBrowser } from '../views/testing/browser.js';
import { type RunningStudio, startStudio } from './server.js';

const path = chromiumPath();
if (path === undefined) console.log(`studio beside a real run: skipped, ${NO_BROWSER}`);

const MINUTE = 60_000;
/** Of teach: so many that they appear one after the other, and small ones, in which so small a teacher does not fall silent. */
const STEPS = 24;
const RATE = 'stages.teach.optimiser.learningRate=1e-4';

describe.skipIf(path === undefined)('studio beside a real run', { timeout: 4 * MINUTE }, () => {
  let folder: string;
  let studio: RunningStudio;
  let browser: Browser;
  const failures: unknown[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rlt-studio-real-'));
    studio = await startStudio({ folders: [folder], port: 0 }, (error) => failures.push(error));
    browser = await openBrowser(path ?? '');
  }, MINUTE);
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('it appears and its stages end while the page is open, and its steps, groups, tokens and students are those of its files', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.on('pageerror', (error) => failures.push(error));
    page.on('response', (response) => {
      if (!response.ok()) failures.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(studio.url);
    await page.getByText('No run was found here').waitFor();

    const run = join(folder, 'tiny');
    const running = start(['run', TINY, '--set', `stages.teach.steps=${STEPS}`, '--set', RATE, '--out', run, '-q']);
    const row = page.getByRole('row', { name: /compare tiny/ });
    // A run of this size may be over before the page looks again.
    await row.getByText(/^(running|done)$/).waitFor({ timeout: MINUTE });
    const states = page.locator('section[aria-labelledby=run-title] tbody tr');
    await expect.poll(() => states.count()).toBe(8);
    await states.nth(0).getByText('done').waitFor({ timeout: MINUTE });

    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    await page.reload();
    await row.getByText('done', { exact: true }).waitFor({ timeout: MINUTE });
    await page.keyboard.press('2');
    await page.getByLabel('Stage').selectOption('teach');
    const reward = page.locator('[data-metric=reward]').getByRole('img');
    await reward.waitFor({ timeout: MINUTE });
    expect(await reward.getAttribute('aria-label')).toMatch(new RegExp(`, ${STEPS} values$`));
    const taught = linesOf(join(run, 'stages/03-teach/metrics.jsonl'));
    const shortest = (value: unknown): string => String(Number(Number(value).toPrecision(4)));
    expect(await reward.getAttribute('aria-label')).toContain(
      `first ${shortest(taught[0]?.reward)}, last ${shortest(taught.at(-1)?.reward)}, `,
    );

    const recorded: Record<string, unknown>[] = [];
    const file = `rollouts/03-teach/step-${String(STEPS - 1).padStart(6, '0')}.parquet`;
    for await (const { value } of readParquet(join(run, file))) if (value.problem === 0) recorded.push(value);
    const [best] = [...recorded].sort((a, b) => Number(b.reward) - Number(a.reward));
    await page.keyboard.press('3');
    await expect.poll(() => page.locator('.sample').count()).toBe(recorded.length);
    expect(await page.locator('.problem').innerText()).toContain(String(best?.question));
    expect(await page.locator('.samples h3').first().innerText()).toBe(`reward (k1) ${shortest(best?.reward)}`);
    // A model of this size says nothing at times.
    const tokensOf = ({ studentTokens: found }: Record<string, unknown>): readonly unknown[] =>
      Array.isArray(found) ? found : [];
    const [longest = {}] = [...recorded].sort((a, b) => tokensOf(b).length - tokensOf(a).length);
    await page.locator(`.sample[data-sample="${longest.sample}"] a`).click();
    const tokens = page.locator('[data-panel=measure] .token');
    await tokens.first().waitFor();
    expect(await tokens.count()).toBe(tokensOf(longest).length);

    await page.keyboard.press('1');
    await row.getByText('done').waitFor({ timeout: 2 * MINUTE });
    await page.keyboard.press('5');
    const { rows } = JSON.parse(readFileSync(join(run, 'stages/08-evaluate/results.json'), 'utf8'));
    expect(rows.length).toBeGreaterThan(1);
    for (const { student, level, accuracy } of rows)
      await page
        .getByRole('img', { name: `${level}: ` })
        .and(page.getByRole('img', { name: `${student} ${(100 * accuracy).toFixed(1)} %` }))
        .waitFor();
    await expect.poll(() => page.locator('.answered').count()).toBeGreaterThan(0);
    expect(failures).toEqual([]);
  });
});
