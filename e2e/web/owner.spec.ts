import type { Page } from '@playwright/test';
import { expect, openNow, submitSmallJob, test } from './app.ts';

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    return (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim();
  });

test('gives the machine back at the owner’s word, and stops a job after saying what that costs', async ({ page, machine, image }) => {
  await openNow(page, machine);
  await page.getByRole('button', { name: 'Run the next job now' }).click();
  const id = await submitSmallJob(machine, image, 60_000);
  const job = page.getByTestId('live-job');
  await expect(job).toHaveAttribute('data-step', 'running');
  await expect(job.getByTestId('time-used')).not.toHaveText('0 s');

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('menuitem', { name: 'For 1 hour' }).click();
  const headline = page.getByTestId('headline');
  await expect(headline).toHaveAttribute('data-state', 'paused');
  await expect(job).toHaveAttribute('data-step', 'frozen');
  const [frozenAt, earnedAt] = [await job.getByTestId('time-used').innerText(), await job.getByTestId('earned').innerText()];
  await page.waitForTimeout(1_500);
  await expect(job.getByTestId('time-used'), 'frozen time is not billed').toHaveText(frozenAt);
  await expect(job.getByTestId('earned')).toHaveText(earnedAt);
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(headline).toHaveAttribute('data-state', 'earning');
  await expect(job.getByTestId('time-used')).not.toHaveText(frozenAt);

  await job.getByRole('button', { name: 'Stop' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Stop “small”?' });
  await expect(dialog).toContainText('it keeps no checkpoints');
  await expect(dialog).toContainText('it has used');
  await expect(dialog.getByRole('button', { name: 'Let it run' }), 'the harmless answer is the first').toBeFocused();
  await dialog.getByRole('button', { name: 'Let it run' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(job).toHaveAttribute('data-step', 'running');

  await job.getByRole('button', { name: 'Stop' }).click();
  await dialog.getByRole('button', { name: 'Stop the job' }).click();
  await expect(page.getByTestId('last-job')).toContainText('Stopped by you');
  await expect(headline).toHaveAttribute('data-state', 'waiting');
  await machine.client.jobs.cancel({ id });
});

test('can be used with the keyboard alone', async ({ page, machine }) => {
  await openNow(page, machine);
  const stops: string[] = [];
  for (let index = 0; index < 11; index++) {
    await page.keyboard.press('Tab');
    stops.push(await focused(page));
  }
  expect(stops).toEqual([
    'Skip to content',
    'Now',
    'Devices',
    'Why',
    'Earnings',
    'Yields',
    'Sandbox',
    'Settings',
    'Like the system',
    'Run the next job now',
    'Pause',
  ]);

  const headline = page.getByTestId('headline');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  expect(await focused(page), 'after leaving the menu').toBe('Pause');

  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'For 1 hour' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(headline).toHaveAttribute('data-state', 'paused');
  await expect(page.getByRole('button', { name: 'Resume' }), 'takes over the focus').toBeFocused();
  await page.keyboard.press('Enter');
  await expect(headline).toHaveAttribute('data-state', 'waiting');
  expect(await focused(page)).toBe('Run the next job now');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Back to automatic' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Run the next job now' })).toBeFocused();

  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
});

test('pauses in three ways, each with its end, and resumes', async ({ page, machine, image }) => {
  await openNow(page, machine);
  const headline = page.getByTestId('headline');
  const mode = async (): Promise<string> => (await machine.state()).presence.mode.kind;
  const pause = async (kind: string): Promise<void> => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('menuitem', { name: kind }).click();
  };
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByRole('menuitem'), 'without a job there is none to finish').toHaveCount(2);
  await expect(page.getByRole('menuitem', { name: 'Until tomorrow morning' })).toContainText(/goes on (tomorrow|today) at 06:00/);
  await page.keyboard.press('Escape');

  await pause('Until tomorrow morning');
  await expect(headline).toHaveAttribute('data-state', 'paused');
  await expect(page.getByText(/Nothing runs before (tomorrow|today) at 06:00/)).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(mode).toBe('automatic');

  await page.getByRole('button', { name: 'Run the next job now' }).click();
  const id = await submitSmallJob(machine, image, 60_000);
  await expect(headline).toHaveAttribute('data-state', 'earning');
  await pause('Finish this job first');
  await expect.poll(mode).toBe('finishing');
  await expect(headline, 'the job goes on').toHaveAttribute('data-state', 'earning');
  await expect(page.getByText(/Nothing new starts before (tomorrow|today) at 06:00/)).toBeVisible();
  await machine.client.jobs.cancel({ id });
  await expect(headline).toHaveAttribute('data-state', 'paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(mode).toBe('automatic');
});
