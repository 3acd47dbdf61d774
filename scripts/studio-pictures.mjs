/**
 * Pictures of the studio for its documentation, of a run that is done: docs/studio/*.png.
 *
 *     npm run quickstart && node scripts/studio-pictures.mjs runs/quickstart
 *
 * Needs Chromium, or its path in RLT_CHROMIUM. Pictures have 256 colours, which is a third of the bytes in the package.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';
import { startStudio } from '../dist/studio/server.js';
import { chromiumPath, NO_BROWSER, openBrowser } from '../dist/views/testing/browser.js';

const [WIDTH, HEIGHT] = [1280, 720];
const [run] = process.argv.slice(2);
if (run === undefined) throw new Error('usage: node scripts/studio-pictures.mjs RUN');
const path = chromiumPath();
if (path === undefined) throw new Error(NO_BROWSER);

const studio = await startStudio({ folders: [run], port: 0 }, (error) => {
  throw error;
});
const browser = await openBrowser(path);
const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT }, colorScheme: 'light' });
await page.goto(studio.url);
await page.locator('.runs tbody tr').first().waitFor();

await page.keyboard.press('2');
await page.locator('.card canvas').nth(8).waitFor();
await keep('metrics');

await page.keyboard.press('3');
await page.locator('.sample').first().waitFor();
await keep('groups');

await page.keyboard.press('o');
await page.locator('[data-panel=measure] .marked').click();
await page.mouse.move(WIDTH - 1, HEIGHT - 1);
await keep('tokens');

await page.keyboard.press('5');
await page.getByLabel('Show').selectOption('second');
await page.locator('.answered').first().waitFor();
await keep('students');

await browser.close();
await studio.close();

async function keep(name) {
  await page.waitForFunction("document.querySelectorAll('[aria-busy=true]').length === 0");
  const shot = await page.screenshot({ animations: 'disabled' });
  const { palette, indices } = await page.evaluate(reduced, shot.toString('base64'));
  const file = fileURLToPath(new URL(`../docs/studio/${name}.png`, import.meta.url));
  writeFileSync(file, indexedPng(palette, Buffer.from(indices, 'base64')));
  console.log(file);
}

/** Up to 256 colours of a picture, frequent ones first but no two alike, and which is nearest to each pixel. Runs in the page. */
async function reduced(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const pixels = Array.from(
    { length: data.length / 4 },
    (_, i) => (data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2],
  );
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const distance = (a, b) => [16, 8, 0].reduce((sum, at) => sum + (((a >> at) & 255) - ((b >> at) & 255)) ** 2, 0);
  const palette = [];
  for (const [colour] of [...counts].sort((a, b) => b[1] - a[1]))
    if (palette.length < 256 && palette.every((chosen) => distance(chosen, colour) > 100)) palette.push(colour);
  const places = new Map(palette.map((colour, i) => [colour, i]));
  for (const colour of counts.keys()) {
    if (places.has(colour)) continue;
    let best = 0;
    for (let i = 1; i < palette.length; i++)
      if (distance(palette[i], colour) < distance(palette[best], colour)) best = i;
    places.set(colour, best);
  }
  let text = '';
  for (const colour of pixels) text += String.fromCharCode(places.get(colour));
  return { palette, indices: btoa(text) };
}

function indexedPng(palette, indices) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // Eight bits of depth, a palette.
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc(HEIGHT * (WIDTH + 1));
  for (let y = 0; y < HEIGHT; y++) indices.copy(rows, y * (WIDTH + 1) + 1, y * WIDTH, (y + 1) * WIDTH);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
