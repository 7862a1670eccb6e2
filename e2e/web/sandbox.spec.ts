import type { Page } from '@playwright/test';
import { withAgent } from '../../src/cli/agent-client.ts';
import type { ProbeResult } from '../../src/contract/model/sandbox.ts';
import type { Machine } from '../road/machine.ts';
import { expect, goTo, openNow, test } from './app.ts';
import { expectContrast, expectNoSidewaysScroll, expectReadable } from './reading.ts';
import { openSharp, takeScreens } from './screen.ts';

/** Half a minute where nothing else runs; this is whatever machine it is. */
const WHOLE_CHECK_MS = 240_000;
/** So many attacks at least, and so many at most that get through, each named with the reason why it harms nobody. */
const MIN_PROBES = 60;
const MAX_HARMLESS = 5;

async function openSandbox(page: Page, machine: Machine): Promise<void> {
  await openNow(page, machine);
  await goTo(page, 'Sandbox');
  await expect(page.getByTestId('sandbox-state')).toBeVisible();
}

/** The first check begins by itself. */
const untilNoCheck = (machine: Machine): Promise<unknown> =>
  machine.untilState('no check runs', ({ sandbox }) => sandbox.check.kind !== 'running');

const reportOf = async (machine: Machine): Promise<string | undefined> => (await machine.state()).sandbox.report?.signature;

interface Seen {
  readonly done: number[];
  readonly places: number[];
}

/** Writes down, frame by frame while a check runs, how many attacks the screen counts and where what stands below them is. */
const noteProgress = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const done = new Set<number>();
    const places = new Set<number>();
    const look = (): void => {
      const bar = document.querySelector('[data-state=running] [role=progressbar][aria-valuenow]');
      if (bar !== null) {
        done.add(Number(bar.getAttribute('aria-valuenow')));
        places.add((document.querySelector('[data-testid=probes]')?.getBoundingClientRect().top ?? 0) + window.scrollY);
      }
      requestAnimationFrame(look);
    };
    look();
    Object.assign(window, { seen: () => ({ done: [...done], places: [...places] }) });
  });
const notedProgress = (page: Page): Promise<Seen> => page.evaluate(() => (window as unknown as { seen: () => Seen }).seen());

const isHarmless = (probe: ProbeResult): boolean => probe.blocked === false && probe.benign;

test('cancels a check with the keyboard alone, and keeps nothing of it', async ({ page, machine }) => {
  await openSandbox(page, machine);
  await withAgent(machine.home, (agent) => agent.sandbox.cancelCheck());
  await untilNoCheck(machine);
  const before = await reportOf(machine);
  const state = page.getByTestId('sandbox-state');
  const check = page.getByRole('button', { name: 'Check my sandbox' });
  const cancel = page.getByRole('button', { name: 'Cancel' });
  await expect(cancel, 'nothing to cancel').toHaveCount(0);

  await check.focus();
  await page.keyboard.press('Enter');
  await expect(state).toHaveAttribute('data-state', 'running');
  await expect(check).toBeFocused();
  await expect(check).toBeDisabled();
  await expect.poll(() => page.getByTestId('tally-blocked').innerText(), { timeout: 60_000 }).toMatch(/[1-9]/);
  await page.keyboard.press('Tab');
  await expect(cancel).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(state).not.toHaveAttribute('data-state', 'running');
  await expect(check, 'gets the focus back').toBeFocused();
  expect(await reportOf(machine)).toBe(before);
});

test('checks the sandbox: progress, every attack with what became of it, and a signed report', async ({ page, browser, machine }) => {
  test.setTimeout(WHOLE_CHECK_MS + 60_000);
  await openSandbox(page, machine);
  await untilNoCheck(machine);
  const before = await reportOf(machine);
  const state = page.getByTestId('sandbox-state');
  await noteProgress(page);
  await page.getByRole('button', { name: 'Check my sandbox' }).click();
  await expect(state).toHaveAttribute('data-state', 'running');
  await expect(page.getByRole('progressbar', { name: 'Progress of the check' })).toBeVisible();
  await expect(state).toHaveAttribute('data-state', 'passed', { timeout: WHOLE_CHECK_MS });
  const seen = await notedProgress(page);
  expect(seen.done.length, 'steps of progress that were shown').toBeGreaterThan(5);
  expect(seen.places.length, 'nothing moves while it checks').toBe(1);

  const { sandbox } = await machine.state();
  expect(sandbox.report?.signature).not.toBe(before);
  const probes = sandbox.report?.report.probes ?? [];
  expect(probes.length).toBeGreaterThanOrEqual(MIN_PROBES);
  await expect(page.getByTestId('tally-blocked')).toContainText(String(probes.filter((probe) => probe.blocked).length));
  await expect(page.getByTestId('report-signature')).toContainText('Signed by this machine');
  const harmless = probes.filter(isHarmless);
  expect(harmless.length).toBeLessThanOrEqual(MAX_HARMLESS);
  await expect(page.getByTestId('named-harmless').getByRole('listitem')).toHaveCount(harmless.length);
  await expect(page.getByTestId('named-through')).toHaveCount(0);
  await expect(page.getByTestId('engine-missing-limits').getByRole('listitem')).toHaveCount(
    sandbox.engine.kind === 'ready' ? sandbox.engine.missing.length : 0,
  );

  const files = page.getByTestId('probes-files');
  await files.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(files.getByTestId('probe').first()).toBeVisible();
  await page.keyboard.press('Space');
  await expect(files.getByTestId('probe').first()).toBeHidden();
  await page.getByRole('button', { name: 'Show all' }).click();
  const shown = page.getByTestId('probe').filter({ visible: true });
  await expect(shown).toHaveCount(probes.length);
  for (const probe of probes)
    await expect(shown.filter({ hasText: probe.title }).filter({ hasText: probe.outcome }).first(), probe.id).toBeVisible();

  await expectReadable(page);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectContrast(page);
  }
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSidewaysScroll(page);
  }

  const sharp = await openSharp(browser);
  await openSandbox(sharp, machine);
  await expect(sharp.getByTestId('sandbox-state')).toHaveAttribute('data-state', 'passed');
  await takeScreens(sharp, 'sandbox');
  await sharp.close();
});

test('says that jobs connect to nothing, and leads to the setting that would allow it, with what it costs', async ({ page, machine }) => {
  await openSandbox(page, machine);
  const none = page.getByTestId('connections-empty');
  await expect(none).toContainText('Jobs reach nothing, unless you allow');
  await none.getByRole('link').click();
  const setting = page.getByTestId('setting-network.egress');
  await expect(setting).toBeFocused();
  await setting.getByRole('switch').click();
  await expect(setting).toContainText('as if you had connected yourself');
  await expect.poll(async () => (await machine.state()).settings.values['network.egress']).toBe(true);
  await setting.getByRole('button', { name: /^Back to default/ }).click();
  await expect.poll(async () => (await machine.state()).settings.values['network.egress']).toBe(false);
});
