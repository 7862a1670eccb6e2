import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type Page, test } from '@playwright/test';

const screensDir = join(import.meta.dirname, '..', '..', 'docs', 'screens');
/** What a reader of the README should wait for. */
const MAX_BYTES = 300_000;

/** A page as wide as a laptop's half screen and twice as sharp. */
export const openSharp = (browser: Browser): Promise<Page> =>
  browser.newPage({ viewport: { width: 1000, height: 700 }, deviceScaleFactor: 2 });

/**
 * Photographs the running app in both appearances: `docs/screens/<name>-dark.png` and `-light.png` where the file is missing or
 * NIGHTSHIFT_SCREENS=1, so that a test run leaves a clean checkout clean; otherwise into the test's results.
 */
export async function takeScreens(page: Page, name: string): Promise<void> {
  for (const appearance of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme: appearance, reducedMotion: 'reduce' });
    await page.mouse.move(0, 0);
    const sharp = await page.screenshot();
    const image = sharp.length > MAX_BYTES ? await page.screenshot({ scale: 'css' }) : sharp;
    const file = `${name}-${appearance}.png`;
    const kept = join(screensDir, file);
    const isWanted = process.env.NIGHTSHIFT_SCREENS === '1' || !existsSync(kept);
    await writeFile(isWanted ? kept : test.info().outputPath(file), image);
  }
}
