import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { cloudClient } from '../../src/cli/cloud-client.ts';
import { readTextIfPresent } from '../../src/lib/files.ts';
import { type Machine, run } from '../road/machine.ts';
import { expect, goTo, microFrom, openNow, settled, submitSmallJob, test } from './app.ts';
import { openSharp, takeScreens } from './screen.ts';

const root = join(import.meta.dirname, '..', '..');

/** The example, by the command line, as a renter runs it. */
const runDigits = (machine: Machine): Promise<{ stdout: string }> =>
  run(process.execPath, ['src/cli/main.ts', 'job', 'run', 'examples/digits/job.yaml', '--watch', '--home', machine.home.root], {
    cwd: root,
  });

/** Writes down each step that the job's card shows, from now on. */
const noteSteps = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const noted: string[] = [];
    Object.assign(window, { noted });
    new MutationObserver(() => {
      const step = document.querySelector<HTMLElement>('[data-testid=live-job]')?.dataset.step;
      if (step !== undefined && noted.at(-1) !== step) noted.push(step);
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-step'] });
  });
const notedSteps = (page: Page): Promise<string[]> => page.evaluate(() => (window as unknown as { noted: string[] }).noted);

test('shows a night from waiting to paid without being loaded again', async ({ page, browser, machine }) => {
  test.slow(); // trains a real model, on whatever machine this is
  const headline = page.getByTestId('headline');
  const job = page.getByTestId('live-job');
  const earned = async (): Promise<number> => microFrom(await job.getByTestId('earned').innerText());

  const sharp = await openSharp(browser);
  await openNow(sharp, machine);
  await openNow(page, machine);
  await noteSteps(page);

  await test.step('waiting: why, and what to do', async () => {
    await expect(headline).toHaveAttribute('data-state', 'waiting');
    const unknown = page.getByTestId('reason-input-unknown');
    await expect(unknown).toContainText('cannot tell');
    await expect(unknown.locator('code').last(), 'a way out').toHaveText(/presence\.dedicated true$/);
    await expect(unknown.getByRole('button', { name: /^Copy .*presence\.dedicated true$/ })).toBeVisible();
    await expect(page.getByTestId('no-job')).toBeVisible();
    await expect(page.getByTestId('engine-ready')).toBeVisible();
    await expect(page.getByTestId('machine')).toContainText('CPU — not a GPU');
    await expect(page.getByTestId('test-badge')).toBeVisible();
  });

  const digits = await test.step('the owner’s word, and a job', async () => {
    await page.getByRole('button', { name: 'Run the next job now' }).click();
    await expect(page.getByRole('button', { name: 'Back to automatic' })).toBeVisible();
    await expect(page.getByTestId('reasons')).toHaveCount(0);
    return { ended: runDigits(machine) };
  });
  digits.ended.catch(() => undefined); // awaited below; a failure before that must not end the process

  await test.step('earning: time, credits and output move', async () => {
    await expect(headline).toHaveAttribute('data-state', 'earning', { timeout: 60_000 });
    await expect(job).toContainText('digits');
    await expect(job.getByTestId('log-tail')).toContainText('learning from');
    await expect.poll(earned).toBeGreaterThan(0);
    const [atFirst, timeAtFirst] = [await earned(), await job.getByTestId('time-used').innerText()];
    await expect.poll(earned).toBeGreaterThan(atFirst);
    await expect(job.getByTestId('time-used')).not.toHaveText(timeAtFirst);
    await expect(page.getByTestId('machine')).toContainText('at work');
  });

  await test.step('photographed', async () => {
    await expect(sharp.getByTestId('log-tail')).toContainText('4/12', { timeout: 60_000 });
    await takeScreens(sharp, 'now');
    await sharp.close();
  });

  await test.step('paid: what the screen says is what the network owes', async () => {
    expect((await digits.ended).stdout).toContain('signed by both sides');
    await settled(machine);
    await expect(page.getByTestId('last-job')).toContainText('digits · Finished');
    await expect(headline, 'the word was for one job').toHaveAttribute('data-state', 'waiting');
    const [paid] = (await machine.client.jobs.list({})).items;
    const { invoices } = await machine.client.jobs.receipts({ id: paid?.id ?? '' });
    expect(microFrom(await page.getByTestId('today-net').innerText())).toBe(invoices[0]?.invoice.netMicro);
  });

  const steps = await notedSteps(page);
  expect(steps.indexOf('starting'), steps.join()).toBeGreaterThanOrEqual(0);
  expect(steps.indexOf('running')).toBeGreaterThan(steps.indexOf('starting'));
});

test('proves the earnings: totals, receipts and invoice agree with the network’s', async ({ page, browser, machine, image }) => {
  const { earnings } = await machine.state();
  if (earnings.recent.length === 0) {
    await openNow(page, machine);
    await page.getByRole('button', { name: 'Run the next job now' }).click();
    await machine.untilEnded(await submitSmallJob(machine, image, 1_500));
  }
  await settled(machine);
  const owner = JSON.parse(readTextIfPresent(join(machine.home.root, 'owner.json')) ?? '') as { apiKey: string };
  const { balance } = await cloudClient(machine.renter.networkUrl, owner.apiKey).accounts.me();

  await openNow(page, machine);
  await goTo(page, 'Earnings');
  expect(microFrom(await page.getByTestId('total-available').innerText())).toBe(balance.availableMicro);
  expect(microFrom(await page.getByTestId('total-pending').innerText())).toBe(balance.pendingMicro);
  expect(microFrom(await page.getByTestId('total-unsealed').innerText())).toBe(0);
  expect(balance.availableMicro + balance.pendingMicro).toBeGreaterThan(0);
  await expect(page.getByTestId('total-pending')).toContainText('held back for 7 days');
  await expect(page.getByTestId('reconciliation')).toHaveAttribute('data-state', 'equal');
  await expect(page.getByTestId('net-chart').getByRole('application')).toBeVisible();

  const row = page.getByTestId('lease-row').first();
  await expect(row).toContainText('CPU — not a GPU');
  await row.getByRole('button').click();
  const detail = page.getByTestId('lease-detail');
  const [lease] = (await machine.state()).earnings.recent;
  const sent = await machine.client.jobs.receipts({ id: lease?.jobId ?? '' });
  const receipts = detail.getByTestId('receipt');
  await expect(receipts).toHaveCount(sent.receipts.length);
  await expect(receipts.getByText('Signed by this machine')).toHaveCount(sent.receipts.length);
  await expect(receipts.getByText('Signed by the network')).toHaveCount(sent.receipts.length);
  await expect(detail.getByTestId('invoice')).toContainText('Signed by the network');
  await expect(detail.getByTestId('invoice')).toContainText(`"netMicro":${sent.invoices[0]?.invoice.netMicro}`);
  await expect(detail.getByText('NOT a valid')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(detail).toHaveCount(0);
  await expect(row.getByRole('button'), 'gets the focus back').toBeFocused();

  const sharp = await openSharp(browser);
  await openNow(sharp, machine);
  await goTo(sharp, 'Earnings');
  await sharp.getByTestId('lease-row').first().getByRole('button').click();
  await expect(sharp.getByTestId('receipt').first()).toBeVisible();
  await takeScreens(sharp, 'earnings');
  await sharp.close();
});
