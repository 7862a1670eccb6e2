import { existsSync } from 'node:fs';
import type { Browser, Locator, Page } from '@playwright/test';
import { test as base, expect, goTo } from './app.ts';
import { expectContrast, expectNoSidewaysScroll, expectReadable } from './reading.ts';
import { type RecordedAgent, startRecordedAgent } from './recorded-agent.ts';
import { openSharp, takeScreens } from './screen.ts';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const SOFTWARE_VULKAN = { VK_DRIVER_FILES: SWIFTSHADER, LD_LIBRARY_PATH: '/usr/lib/chromium' };
/** No graphics driver of this machine answers for a recorded one. */
const NO_VULKAN = { VK_DRIVER_FILES: '/nonexistent.json' };

type StartAgent = (...options: Parameters<typeof startRecordedAgent>) => Promise<RecordedAgent>;

const test = base.extend<{ readonly startAgent: StartAgent }>({
  startAgent: async ({ page }, use) => {
    await using started = new AsyncDisposableStack();
    await use(async (...options) => started.use(await startRecordedAgent(...options)));
    await page.close(); // or it would complain that its agent went away
  },
});

async function openDevices(page: Page, agent: RecordedAgent): Promise<void> {
  await page.goto(agent.address);
  await expect(page.getByTestId('headline')).toBeVisible();
  await goTo(page, 'Devices');
  await expect(page.getByTestId('check-up-summary')).toBeVisible();
}

const cards = (page: Page): Locator => page.getByTestId('device-list').getByTestId(/^device-/);
const card = (page: Page, name: string): Locator => cards(page).filter({ has: page.getByRole('heading', { name }) });

/** As an owner sees it, for README and for eyes. */
async function photograph(browser: Browser, agent: RecordedAgent, name: string, prepare?: (page: Page) => Promise<void>): Promise<void> {
  const sharp = await openSharp(browser);
  await openDevices(sharp, agent);
  await prepare?.(sharp);
  await takeScreens(sharp, `devices-${name}`);
  await sharp.close();
}

/** Names, contrast in both appearances, and no scrolling sideways on a phone. */
async function expectForEveryone(page: Page): Promise<void> {
  await expectReadable(page);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectContrast(page);
  }
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await expectNoSidewaysScroll(page);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

test('says that there is no GPU, what is missing, and what there is instead', async ({ page, browser, startAgent }) => {
  const agent = await startAgent('no-gpu', NO_VULKAN);
  await openDevices(page, agent);
  await expect(page.getByTestId('no-gpu')).toContainText('No GPU found');
  await expect(page.getByTestId('check-up-summary'), 'without an engine no job can run').toHaveAttribute('data-level', 'missing');
  await expect(page.getByTestId(/^finding-/).first(), 'is open where nothing is to be shared').toBeVisible();
  await expect(cards(page)).toHaveCount(1);
  await expect(cards(page)).toContainText('CPU — not a GPU');
  await expectForEveryone(page);
  await photograph(browser, agent, 'no-gpu');
});

test('shows a software adapter as what it is, and never offers it', async ({ page, browser, startAgent }) => {
  test.skip(!existsSync(SWIFTSHADER), 'SwiftShader comes with Debian’s chromium');
  const agent = await startAgent('no-gpu', SOFTWARE_VULKAN);
  await openDevices(page, agent);
  await page.getByRole('button', { name: 'Look again' }).click();
  const software = cards(page).filter({ hasText: 'Software — not a GPU' });
  await expect(software).toHaveCount(1);
  await expect(software).toContainText('Never offered');
  await expect(software.getByRole('switch')).toHaveCount(0);
  await expect(page.getByTestId('no-gpu'), 'it is no GPU').toBeVisible();
  await photograph(browser, agent, 'software', (sharp) =>
    cards(sharp).filter({ hasText: 'Software — not a GPU' }).scrollIntoViewIfNeeded(),
  );
});

test('measures a device with progress that moves, ends it at once when told to, and keeps that in its history', async ({
  page,
  startAgent,
}) => {
  test.skip(!existsSync(SWIFTSHADER), 'SwiftShader comes with Debian’s chromium');
  const agent = await startAgent('no-gpu', SOFTWARE_VULKAN);
  await openDevices(page, agent);
  await page.getByRole('button', { name: 'Look again' }).click();
  await cards(page).filter({ hasText: 'Software — not a GPU' }).getByRole('link').click();
  const benchmark = page.getByTestId('benchmark');
  await expect(benchmark).toHaveAttribute('data-standing', 'none');
  await benchmark.getByRole('button', { name: /^Measure / }).click();
  const bar = benchmark.getByRole('progressbar');
  const percent = async (): Promise<number> => Number(await bar.getAttribute('aria-valuenow'));
  await expect.poll(percent, 'moves').toBeGreaterThan(0);
  const first = await percent();
  await expect.poll(percent, 'moves on').toBeGreaterThan(first);
  await expect(bar).toHaveAttribute('aria-valuetext', /^\d+%, .+ left$/);
  await expect(benchmark.getByRole('button', { name: /^Measure / }), 'it cannot begin twice').toBeDisabled();
  await expectReadable(page);

  const toldAtMs = Date.now();
  await benchmark.getByRole('button', { name: /^Cancel/ }).click();
  await expect(benchmark).toHaveAttribute('data-standing', 'none');
  expect(Date.now() - toldAtMs, 'a second, and what a busy machine adds').toBeLessThan(4_000);
  await expect(benchmark.getByTestId('bench-failed'), 'the owner’s own word is no failure').toHaveCount(0);
  await benchmark.getByText('All measurements').click();
  await expect(benchmark.getByTestId('record')).toHaveCount(1);
  await expect(benchmark.getByTestId('record')).toContainText('Cancelled');
  await expect(benchmark.getByRole('button', { name: /^Measure / })).toBeEnabled();
});

test('shows a mixed rig live: figures, links, one card’s heat, its past, what it costs, and why it cannot be measured', async ({
  page,
  browser,
  startAgent,
}) => {
  const agent = await startAgent('rtx-4090-and-3060', NO_VULKAN);
  await openDevices(page, agent);
  const [fast, small] = [card(page, 'RTX 4090'), card(page, 'RTX 3060')];
  await expect(page.getByTestId('fleet-gpus'), 'no engine is here to run a job in').toContainText('2 shared · not now');
  await expect(fast.getByTestId('sharing')).toContainText('Shared · not now: No container engine');
  await expect(fast).toContainText('24 GiB VRAM');
  await expect(small.getByTestId('identity')).toContainText('×1');
  await expect(fast.getByTestId('live-temperature')).toContainText(/\d+ °C/);
  await expect(fast.getByTestId('live-power')).toContainText(/\d+ W/);
  await expect(fast.getByTestId('card-cost')).toContainText(/^Electricity \S{4,5}, offered for \S{4,5} credits an hour/);
  const spark = fast.getByTestId('live-temperature').locator('svg');
  const pointsOf = async (): Promise<number> => Number(await spark.getAttribute('data-points'));
  const pointsAtFirst = await pointsOf();
  await expect.poll(pointsOf, 'moves by itself').toBeGreaterThan(pointsAtFirst);

  const off = async (): Promise<readonly string[]> => (await agent.state()).settings.values['devices.off'];
  await small.getByRole('switch').click();
  await expect(small).toContainText('you switched it off');
  await expect.poll(off).toHaveLength(1);
  await small.getByRole('switch').click();
  await expect.poll(off).toEqual([]);
  await expectForEveryone(page);
  await photograph(browser, agent, 'rig');

  await fast.getByRole('link').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('RTX 4090');
  await expect(page.getByTestId('facts')).toContainText('GPU-');
  await expect(page.getByTestId('cost-of-device')).toContainText('assumed');
  await expect(page.getByTestId('history-summary')).toContainText(/mean \d+ °C/);
  await page.getByRole('button', { name: 'Power', exact: true }).click();
  await expect(page.getByTestId('history-summary')).toContainText(/mean \d+ W/);

  const benchmark = page.getByTestId('benchmark');
  await expect(benchmark, 'no graphics driver is here to reach it').toHaveAttribute('data-standing', 'impossible', { timeout: 30_000 });
  await expect(benchmark).toContainText('No graphics driver on this machine reaches this device');
  await expect(benchmark.getByRole('button', { name: 'Measure NVIDIA GeForce RTX 4090', exact: true })).toBeDisabled();
  await expectForEveryone(page);
  await photograph(browser, agent, 'detail', (sharp) => card(sharp, 'RTX 4090').getByRole('link').click());

  agent.hardware.set({ gpus: { 0: { 'nvmlDeviceGetTemperature 0': 95 } } });
  await page.getByRole('link', { name: 'All devices' }).click();
  await expect(fast).toHaveAttribute('data-health', 'alarm');
  await expect(fast.getByTestId('alarm-hot')).toContainText('Too hot');
  await expect(fast.getByTestId('live-temperature')).toContainText('95 °C');
  await expect(small, 'the heat is of one card alone, and a riser is no fault').toHaveAttribute('data-health', 'note');
});

test('says of an AMD card what is known, and why it cannot be shared yet', async ({ page, browser, startAgent }) => {
  const agent = await startAgent('rx-7900-xtx', NO_VULKAN);
  await openDevices(page, agent);
  const amd = card(page, 'Radeon RX 7900');
  await expect(amd).toContainText('24 GiB VRAM');
  await expect(amd.getByTestId('live-temperature')).toContainText(/\d+ °C/);
  await expect(amd.getByTestId('unshareable')).toBeVisible();
  await expect(amd.getByRole('switch')).toHaveCount(0);
  await expect(amd.getByTestId('card-cost'), 'nobody is offered it').toHaveCount(0);
  await expect(amd.getByTestId('card-benchmark')).toHaveText('cannot be measured', { timeout: 30_000 });
  await expect(page.getByRole('button', { name: 'Measure all GPUs', exact: true })).toBeDisabled();
  await photograph(browser, agent, 'amd');
});

test('tells two identical cards apart, also for those who hear the page', async ({ page, browser, startAgent }) => {
  const agent = await startAgent('two-rtx-3090', NO_VULKAN);
  await openDevices(page, agent);
  const twins = card(page, 'RTX 3090');
  await expect(twins).toHaveCount(2);
  const places = await twins.getByTestId('identity').allInnerTexts();
  expect(new Set(places.map((text) => /PCI [\da-f:.]+/.exec(text)?.[0])).size).toBe(2);
  const switches = await twins.getByRole('switch').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  expect(new Set(switches).size).toBe(2);
  await photograph(browser, agent, 'twins');
});

test('says which card was lost, since when and what to do, while the others go on, and forgets it once it is out', async ({
  page,
  browser,
  startAgent,
}) => {
  const agent = await startAgent('two-rtx-3090', NO_VULKAN);
  await openDevices(page, agent);
  const twins = card(page, 'RTX 3090');
  await expect(twins.first()).toHaveAttribute('data-health', 'good');
  const [first] = (await agent.state()).devices.filter(({ kind }) => kind === 'gpu');
  agent.hardware.lose(first?.busId ?? '');
  const lost = page.getByTestId(`device-${first?.id}`);
  await expect(lost).toHaveAttribute('data-health', 'lost', { timeout: 20_000 });
  await expect(lost.getByTestId('health-note')).toContainText('Does not answer since');
  await expect(lost.getByTestId('live-temperature'), 'shows no figures of before').toHaveCount(0);
  await expect(twins.filter({ has: page.getByTestId('live-temperature') }), 'the other one goes on').toHaveCount(1);
  await expect(page.getByTestId('fleet-attention')).toContainText('1');
  await expectForEveryone(page);
  await photograph(browser, agent, 'lost');

  const forget = lost.getByRole('button', { name: 'Forget NVIDIA GeForce RTX 3090' });
  await forget.click();
  await expect(lost.getByRole('alert'), 'it is on the bus').toContainText('still lists this device');
  agent.hardware.unplug(first?.busId ?? '');
  await expect(lost.getByTestId('health-note')).toContainText('no longer finds it', { timeout: 20_000 });
  await forget.click();
  await expect(lost).toHaveCount(0);
  await expect(twins).toHaveCount(1);
});
