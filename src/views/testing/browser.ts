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

/** Texts whose contrast with what is behind them is below 4.5 (WCAG 2, AA), computed in the page. */
export const FAINT = `(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.textContent.trim()).join('');
    if (text === '' || element.closest('.katex, .hidden, .skip, :disabled, option') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const front = over(rgba(element.namespaceURI.endsWith('svg') ? style.fill : style.color), back);
    const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) faint.push(text.slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return [...new Set(faint)];
})()`;

/** Whether a canvas has pixels of these colours, by their names in the style sheet: to be computed in the page. */
export const drawnIn = (selector: string, colours: readonly string[]): string => `(() => {
  const canvas = document.querySelector(${JSON.stringify(selector)});
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return ${JSON.stringify(colours)}.map((name) => {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const rgb = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 250 && rgb.every((value, c) => Math.abs(value - data[i + c]) < 3)) return true;
    return false;
  });
})()`;
