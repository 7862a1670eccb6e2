import { expect, goTo, openNow, settled, submitSmallJob, test } from './app.ts';
import { openSharp, takeScreens } from './screen.ts';

test('answers why nothing is earned: now, today and over a week, with a way out', async ({ page, browser, machine, image }) => {
  await openNow(page, machine);
  const { presence, sensors } = await machine.state();
  expect(presence.reasons.length, 'nobody has said yet that this machine may run').toBeGreaterThan(0);
  await goTo(page, 'Why');
  const now = page.getByTestId('right-now');
  await expect(now.getByRole('listitem')).toHaveCount(presence.reasons.length);

  const row = page.getByTestId(`time-${presence.reasons[0]?.code}`);
  await expect(row).toContainText(/\d+ (s|min|h)/);
  await expect(page.getByTestId('strip')).toHaveCount(1);
  await expect(page.getByTestId('strip')).toHaveAccessibleName(/: .*\d+ (s|min|h)/);
  await page.getByRole('button', { name: '7 days' }).click();
  await expect(page.getByTestId('earning-time')).toContainText('of the time');
  await expect(row).toContainText(/\d+ (s|min|h)/);

  const signals = page.getByTestId('signals').getByRole('listitem');
  await expect(signals).toHaveCount(sensors.length);
  await expect(page.getByTestId('signal-input').first()).toContainText('Keyboard and mouse');

  await row.getByRole('link', { name: /^Setting:/ }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await expect(page.locator('[data-testid^=setting-]:focus'), 'opens at the setting').toHaveCount(1);

  await goTo(page, 'Now');
  await page.getByRole('button', { name: 'Run the next job now' }).click();
  await machine.untilEnded(await submitSmallJob(machine, image, 3_000));
  await settled(machine);
  await goTo(page, 'Why');
  await expect(page.getByTestId('earning-time'), 'what ran just now is earning time').not.toContainText(/^0 s/);
  const sharp = await openSharp(browser);
  await openNow(sharp, machine);
  await goTo(sharp, 'Why');
  await expect(sharp.getByTestId('time-strips')).toBeVisible();
  await takeScreens(sharp, 'why');
  await sharp.close();
});

test('shows each yield with its cause and its latency beside the promise', async ({ page, browser, machine, image }) => {
  await openNow(page, machine);
  await page.getByRole('button', { name: 'Run the next job now' }).click();
  const id = await submitSmallJob(machine, image, 60_000);
  await expect(page.getByTestId('live-job')).toHaveAttribute('data-step', 'running');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('menuitem', { name: 'For 1 hour' }).click();
  await expect(page.getByTestId('live-job')).toHaveAttribute('data-step', 'frozen');
  await goTo(page, 'Yields');
  const [latest] = (await machine.untilState('yielded', ({ yields }) => yields.recent.length > 0)).yields.recent;
  const row = page.getByTestId('yield-row').first();
  await expect(row).toContainText('Paused by you');
  await expect(row).toContainText('not yet');
  expect(latest?.kind).toBe('freeze');
  await expect(page.getByTestId('figures-freeze')).toHaveAttribute('data-kept', /holds|broken/);
  await expect(page.getByTestId('figures-freeze')).toContainText('95% within 100 ms');

  await goTo(page, 'Now');
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByTestId('live-job')).toHaveAttribute('data-step', 'running');
  await goTo(page, 'Yields');
  await expect(row).not.toContainText('not yet');
  const sharp = await openSharp(browser);
  await openNow(sharp, machine);
  await goTo(sharp, 'Yields');
  await expect(sharp.getByTestId('yield-row').first()).toBeVisible();
  await takeScreens(sharp, 'yields');
  await sharp.close();
  await machine.client.jobs.cancel({ id });
  await machine.untilEnded(id);
});
