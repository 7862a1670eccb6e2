import { expect, goTo, openNow, submitSmallJob, test } from './app.ts';
import { expectContrast, expectNoSidewaysScroll, expectReadable } from './reading.ts';

/** WCAG 1.4.10 asks for reflow down to 320 px; 390 is a usual phone. */
const PHONES = [390, 320];

test('can be read by everyone: names, landmarks, contrast, phone width', async ({ page, machine, image }) => {
  await openNow(page, machine);
  await page.getByRole('button', { name: 'Run the next job now' }).click();
  const id = await submitSmallJob(machine, image, 60_000);
  await expect(page.getByTestId('live-job')).toHaveAttribute('data-step', 'running');
  await expect(page.getByTestId('log-tail')).toContainText('count');
  const look = async (): Promise<void> => {
    await expectReadable(page);
    await expect(page.getByRole('navigation')).toHaveCount(1);
    await expect(page.getByRole('banner')).toHaveCount(1);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await expectContrast(page);
    }
    for (const width of PHONES) {
      await page.setViewportSize({ width, height: 844 });
      await expectNoSidewaysScroll(page);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  };
  await look();
  await machine.client.jobs.cancel({ id });
  await machine.untilEnded(id);
  await expect(page.getByTestId('last-job')).toBeVisible();
  await look();
  await goTo(page, 'Devices');
  await expect(page.getByTestId('check-up-summary')).toBeVisible();
  await look();
  await goTo(page, 'Why');
  await expect(page.getByTestId('time-strips')).toBeVisible();
  await page.locator('summary').click();
  await look();
  await page.getByRole('button', { name: '7 days' }).click();
  await expect(page.getByTestId('strip').first()).toBeVisible();
  await look();
  await goTo(page, 'Yields');
  await look();
  await goTo(page, 'Sandbox');
  await expect(page.getByTestId('connections-empty')).toBeVisible();
  await page.getByRole('button', { name: 'Show all' }).click();
  await look();
  await goTo(page, 'Settings');
  await expect(page.getByTestId('week-grid')).toBeVisible();
  await look();
  await goTo(page, 'Earnings');
  await expect(page.getByTestId('lease-row').first()).toBeVisible();
  await look();
  await page.getByTestId('lease-row').first().getByRole('button').click();
  await expect(page.getByTestId('invoice')).toContainText('Signed by the network');
  await expectContrast(page);
  for (const width of PHONES) {
    await page.setViewportSize({ width, height: 844 });
    const panel = page.getByTestId('lease-detail');
    expect(await panel.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
  }
});
