import { randomUUID } from 'node:crypto';
import { test as base, expect, type Page } from '@playwright/test';
import { readUiAddress } from '../../src/cli/agent-client.ts';
import { type Machine, smallJob, startMachine } from '../road/machine.ts';
import { buildSmallImage } from '../road/small-image.ts';

export { expect };

/** Everything the page complained about, CSP violations among it: Chromium reports them on the console. */
export interface Complaints {
  /** A complaint that this test provokes. */
  expect(pattern: RegExp): void;
}

interface TestFixtures {
  readonly complaints: Complaints;
}
interface WorkerFixtures {
  /** A real network and a real agent with a home of their own, for all tests. */
  readonly machine: Machine;
  /** The image of the small job, in the real container engine. */
  readonly image: string;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  image: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from the pattern
    async ({}, use) => use(await buildSmallImage()),
    { scope: 'worker', timeout: 60_000 },
  ],
  machine: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from the pattern
    async ({}, use) => {
      // A desktop that cannot be looked at, so that input is unknown wherever this runs: also for an agent that a test starts again.
      process.env.WAYLAND_DISPLAY = '/nowhere/wayland-0';
      const machine = await startMachine();
      try {
        await use(machine);
        expect(await machine.leftovers(), 'left on the container engine').toEqual([]);
      } finally {
        await machine[Symbol.asyncDispose]();
      }
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  complaints: [
    async ({ context }, use) => {
      const heard: string[] = [];
      const allowed: RegExp[] = [];
      context.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') heard.push(message.text());
      });
      context.on('weberror', (error) => heard.push(String(error.error())));
      await use({ expect: (pattern) => allowed.push(pattern) });
      expect(
        heard.filter((text) => !allowed.some((pattern) => pattern.test(text))),
        'complaints of the page',
      ).toEqual([]);
    },
    { auto: true },
  ],
});

/** The address that `nightshift start` prints. */
export function printedAddress(machine: Machine): string {
  const address = readUiAddress(machine.home);
  if (address === null) throw new Error('the agent wrote no address');
  return `${address.url}/#token=${address.token}`;
}

export async function openNow(page: Page, machine: Machine): Promise<void> {
  await page.goto(printedAddress(machine));
  await expect(page.getByTestId('headline')).toBeVisible();
}

/** Through the navigation, as an owner goes: without loading the page again. */
export async function goTo(page: Page, screen: 'Now' | 'Devices' | 'Why' | 'Earnings' | 'Yields' | 'Sandbox' | 'Settings'): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: screen, exact: true }).click();
  await expect(page.getByRole('link', { name: screen, exact: true })).toHaveAttribute('aria-current', 'page');
}

export const submitSmallJob = async (machine: Machine, image: string, runMs: number): Promise<string> =>
  (await machine.client.jobs.create({ spec: smallJob(image, { env: { RUN_MS: String(runMs) } }), idempotencyKey: randomUUID() })).id;

/** Waits until the last lease is sealed and both ledgers have been compared since. */
export async function settled(machine: Machine): Promise<void> {
  await machine.untilState(
    'settled',
    ({ leases, earnings }) =>
      leases.length === 0 &&
      earnings.recent.length > 0 &&
      earnings.recent.every((lease) => lease.sealed) &&
      earnings.reconciliation?.ownMicro === earnings.availableMicro + earnings.pendingMicro,
  );
}

/** Whole micro-credits from an amount on the screen; exact, as the screen shows all six decimals. */
export function microFrom(text: string): number {
  const found = /(\d[\d,]*)\.(\d{6})/.exec(text);
  if (found === null) throw new Error(`no amount in "${text}"`);
  return Number(`${found[1]?.replaceAll(',', '')}${found[2]}`);
}
