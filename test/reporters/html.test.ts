/** The HTML report: its structure, and in a real browser where there is one its looks and its filter. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/reporters/html.js';
import { html, prose } from '../../src/reporters/markup.js';
import type { Report } from '../../src/reporters/report.js';
import { lockFile, raceFinding, releaseFinding, sampleContext, sampleReport } from './sample.js';

const deepFinding = { ...raceFinding, span: { ...raceFinding.span, file: '/project/packages/core/src/deep.ts' }, fingerprint: 'aaaaaaaaaaaaaaaa' };
const findings = [deepFinding, releaseFinding, raceFinding, { ...raceFinding, confidence: 'low' as const, effect: 'lost-data' as const }];
const page = reportHtml(sampleReport({ findings }), sampleContext());

describe('the HTML report', () => {
  it('is as it was', async () => {
    await expect(page).toMatchFileSnapshot('golden/report.html');
  });

  it('names nothing on the network but links to click', () => {
    expect(page.match(/(?:src|srcset|action|poster|data)="|@import|url\(|<link|<iframe/gu)).toBeNull();
    expect(page).toContain(`content="default-src 'none'; `);
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    const withoutRawText = page.replaceAll(/<(style|script)>[\s\S]*?<\/\1>/gu, '');
    for (const [, slash, name = ''] of withoutRawText.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/gu)) {
      if (slash === '/') {
        expect(open.pop()).toBe(name);
      } else if (!['meta', 'input', 'br'].includes(name)) {
        open.push(name);
      }
    }
    expect(open).toEqual([]);
  });

  it('gives each finding an address of its own', () => {
    const ids = [...page.matchAll(/ id="(f-[^"]+)"/gu)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(findings.length);
  });

  it('lists what could not be analysed, and says when nothing was found', () => {
    const text = reportHtml(sampleReport({ findings: [] }), sampleContext());
    expect(text).toContain('<h1>No async races found</h1>');
    expect(text).toContain('<code>src/broken.ts</code>: Syntax error');
    expect(text).not.toContain('<form');
  });

  it('escapes everything that comes from the program', () => {
    const evil = '</code><script>alert(1)</script>"\'&';
    const finding = { ...raceFinding, message: evil, place: evil, function: evil, steps: raceFinding.steps.map((step) => ({ ...step, text: evil })) };
    const text = reportHtml(sampleReport({ findings: [finding] }), sampleContext({ lineOf: () => evil }));
    expect(text).not.toContain('<script>alert');
  });
});

describe('markup', () => {
  it('escapes holes and keeps markup', () => {
    expect(html`<b title="${'"'}">${'<i>'}${[html`<br>`]}${3}</b>`.text).toBe('<b title="&quot;">&lt;i&gt;<br>3</b>');
  });

  it('makes code of what stands between backticks', () => {
    expect(prose('`a<b` and `c').text).toBe('<code>a&lt;b</code> and `c');
  });
});

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];
const executablePath = [process.env['CHROME_BIN'], ...candidates].find((path) => path !== undefined && existsSync(path));
const where = executablePath === undefined ? ' (skipped: no Chromium found; install one or set CHROME_BIN)' : '';

/** Runs in the page: the elements with text of less contrast than WCAG 2 asks for, see its success criterion 1.4.3. */
const weakContrasts = `(() => {
  const luminance = (colour) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, index) => {
      const part = colour[index] / 255;
      return sum + weight * (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    }, 0);
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    const colour = channels(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 ? behind(element.parentElement) : colour;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '');
  return [...document.querySelectorAll('body *:not(script)')].filter(hasText).flatMap((element) => {
    const [one, other] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return ratio < 4.5 ? [{ tag: element.tagName, classes: element.className, ratio }] : [];
  });
})()`;

describe.skipIf(executablePath === undefined)(`the HTML report in a browser${where}`, () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'async-race-'));

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a report; whatever it asks the network for or complains of is an error. */
  async function openReport(report: Partial<Report> = { findings }, options: BrowserContextOptions = {}): Promise<{ tab: Page; complaints: string[] }> {
    const file = join(folder, 'report.html');
    writeFileSync(file, reportHtml(sampleReport(report), sampleContext()));
    const tab = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const complaints: string[] = [];
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('pageerror', (error) => complaints.push(error.message));
    tab.on('request', (request) => {
      if (!request.url().startsWith('file:')) complaints.push(request.url());
    });
    await tab.goto(pathToFileURL(file).href);
    return { tab, complaints };
  }

  const visible = (tab: Page): Promise<number> => tab.locator('details.finding:visible').count();

  it('filters by rule, confidence, effect and folder', async () => {
    const { tab, complaints } = await openReport();
    expect(await visible(tab)).toBe(4);
    await tab.getByLabel('require-finally-release').uncheck();
    expect(await visible(tab)).toBe(3);
    await tab.getByLabel('low').uncheck();
    expect(await visible(tab)).toBe(2);
    await tab.getByLabel('folder').selectOption('packages/core/');
    expect(await visible(tab)).toBe(1);
    expect(await tab.locator('#shown').textContent()).toBe('1 of 4 shown');
    await tab.getByRole('button', { name: 'Show all' }).click();
    await tab.getByText('4 of 4 shown').waitFor();
    await tab.getByLabel('lost data').uncheck();
    expect(await visible(tab)).toBe(3);
    expect(complaints).toEqual([]);
  });

  it('can be used with the keyboard alone', async () => {
    const { tab } = await openReport();
    await tab.keyboard.press('j');
    await tab.keyboard.press('j');
    await tab.keyboard.press('k');
    await tab.keyboard.press('Enter');
    expect(await tab.evaluate("[...document.querySelectorAll('details.finding')].map(({ open }) => open)")).toEqual([true, false, false, false]);
    await tab.keyboard.press('Tab');
    expect(await tab.evaluate('document.activeElement.tagName')).toBe('PRE');
  });

  it('is read without script', async () => {
    const { tab } = await openReport({ findings }, { javaScriptEnabled: false });
    expect(await tab.locator('#filter').isVisible()).toBe(false);
    await tab.locator('summary').first().click();
    expect(await tab.locator('.lanes').first().isVisible()).toBe(true);
    expect(await tab.getByText('const answer = await fetchToken').first().isVisible()).toBe(true);
  });

  it.each(['light', 'dark'] as const)('has text that contrasts with what is behind it, in a %s scheme', async (colorScheme) => {
    const { tab } = await openReport({ findings: [raceFinding, releaseFinding] }, { colorScheme });
    const weak = await tab.evaluate<unknown[]>(weakContrasts);
    expect(weak).toEqual([]);
  });

  it.each([1280, 400])('has no text that leaves a page of %i pixels', async (width) => {
    const { tab } = await openReport({ findings: [raceFinding, releaseFinding] }, { viewport: { width, height: 900 } });
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it('draws the steps from top to bottom, each in the lane of its task, and the bar of a lock', async () => {
    const { tab } = await openReport({ findings: [raceFinding, releaseFinding] });
    const placesOf = (side: 'left' | 'top'): Promise<number[]> =>
      tab.evaluate(`[...document.querySelectorAll('.finding:first-child .lane .dot')].map((dot) => dot.getBoundingClientRect().${side})`);
    const tops = await placesOf('top');
    expect(tops).toEqual([...tops].sort((one, other) => one - other));
    const lefts = await placesOf('left');
    expect(lefts.map((left) => left === Math.min(...lefts))).toEqual(raceFinding.steps.map(({ task }) => task === 'A'));
    const selector = `[data-file="${lockFile.replace('/project/', '')}"] .lock-begin`;
    const height = await tab.evaluate(`parseFloat(getComputedStyle(document.querySelector('${selector}'), '::after').height)`);
    expect(height).toBeGreaterThan(10);
  });
});
