import type { Locator, Page } from '@playwright/test';
import { withAgent } from '../../src/cli/agent-client.ts';
import type { SettingKey } from '../../src/contract/model/settings.ts';
import type { Machine } from '../road/machine.ts';
import { expect, goTo, openNow, test } from './app.ts';
import { openSharp, takeScreens } from './screen.ts';

const ALL_DAY = 2 ** 24 - 1;
/** A day's mask without some of its hours. */
const without = (...hours: readonly number[]): number => hours.reduce((mask, hour) => mask & ~(1 << hour), ALL_DAY);
const week = (...days: readonly number[]): number[] => Array.from({ length: 7 }, (_, day) => days[day] ?? ALL_DAY);

const hoursOf = async (machine: Machine): Promise<readonly number[]> => (await machine.state()).settings.values['schedule.hours'];
const reset = (machine: Machine, key: SettingKey): Promise<unknown> => withAgent(machine.home, (agent) => agent.settings.reset({ key }));
const place = (page: Page, day: number, hour: number): Locator =>
  page.getByTestId('week-grid').locator(`[data-day="${day}"][data-hour="${hour}"]`);

async function openSettings(page: Page, machine: Machine): Promise<void> {
  await openNow(page, machine);
  await goTo(page, 'Settings');
  await expect(page.getByTestId('week-grid')).toBeVisible();
}

test.afterEach(async ({ machine }) => {
  await reset(machine, 'schedule.hours');
});

test('sets the hours of the week with the mouse: a drag paints, a press switches, headers take all, a mistake is undone', async ({
  page,
  browser,
  machine,
}) => {
  await openSettings(page, machine);
  await place(page, 0, 9).hover();
  await page.mouse.down();
  await place(page, 1, 11).hover();
  await page.mouse.up();
  const painted = week(without(9, 10, 11), without(9, 10, 11));
  await expect.poll(() => hoursOf(machine)).toEqual(painted);
  await expect(page.getByTestId('setting-schedule.hours')).toContainText('Saved');
  await expect(page.getByTestId('setting-schedule.hours')).toHaveAttribute('data-layer', 'owner');
  await expect(page.getByTestId('open-hours')).toHaveText('162 of 168 hours a week');

  await place(page, 0, 10).click();
  await expect.poll(() => hoursOf(machine)).toEqual(week(without(9, 11), without(9, 10, 11)));
  await page.getByRole('button', { name: 'Undo the last change' }).click();
  await expect.poll(() => hoursOf(machine)).toEqual(painted);

  await place(page, 6, -1).click();
  await expect.poll(() => hoursOf(machine), 'all of Sunday').toEqual([...painted.slice(0, 6), 0]);
  await place(page, -1, 23).click();
  await expect.poll(() => hoursOf(machine), 'an hour that is partly closed opens').toEqual([...painted.slice(0, 6), 1 << 23]);

  await page.getByRole('button', { name: 'Nights and weekends' }).click();
  await expect(page.getByTestId('open-hours')).toHaveText('93 of 168 hours a week');
  const sharp = await openSharp(browser);
  await openSettings(sharp, machine);
  await takeScreens(sharp, 'schedule');
  await sharp.close();

  await page.getByRole('button', { name: 'Back to default: Hours in which work may run' }).click();
  await expect.poll(() => hoursOf(machine)).toEqual(week());
});

test('sets the hours of the week with the keyboard alone', async ({ page, machine }) => {
  await openSettings(page, machine);
  await page.getByRole('button', { name: 'Nights and weekends' }).focus();
  await page.keyboard.press('Tab'); // to Undo
  await page.keyboard.press('Tab');
  await expect(place(page, 0, 0), 'the grid is one stop').toBeFocused();
  await expect(place(page, 0, 0)).toHaveAccessibleName('Monday 00:00 to 01:00, work may run');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Space');
  await expect.poll(() => hoursOf(machine)).toEqual(week(ALL_DAY, without(1)));
  await expect(place(page, 1, 1)).toHaveAccessibleName('Tuesday 01:00 to 02:00, yours');
  await page.keyboard.press('End');
  for (const key of ['Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowDown']) await page.keyboard.press(key);
  await expect(page.getByTestId('week-grid').locator('[aria-selected=true]')).toHaveCount(6);
  await page.keyboard.press('Space');
  await expect.poll(() => hoursOf(machine)).toEqual(week(ALL_DAY, without(1, 21, 22, 23), without(21, 22, 23)));
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Enter');
  await expect.poll(() => hoursOf(machine), 'partly open: all opens').toEqual(week());
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('week-grid').locator(':focus'), 'leaves the grid at once').toHaveCount(0);
});

test('sets the hours by touch at phone width, where days stand beside each other', async ({ browser, machine }) => {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await openSettings(page, machine);
  await expect(page.getByTestId('week-grid')).toHaveAttribute('data-layout', 'days-across');
  await place(page, 2, 5).tap();
  await expect.poll(() => hoursOf(machine)).toEqual(week(ALL_DAY, ALL_DAY, without(5)));
  await place(page, 4, -1).tap();
  await expect.poll(() => hoursOf(machine)).toEqual(week(ALL_DAY, ALL_DAY, without(5), ALL_DAY, 0));
  await page.close();
});

test('saves a setting with its unit, refuses what cannot be, says where a value comes from, and takes it back', async ({
  page,
  machine,
}) => {
  await openSettings(page, machine);
  const row = page.getByTestId('setting-presence.idleDelayMs');
  const field = row.getByRole('textbox');
  await field.fill('99999');
  await expect(row.getByRole('alert')).toHaveText('Between 0.1 and 1,440 min.');
  await field.press('Enter');
  await field.fill('7');
  await field.press('Enter');
  await expect(row).toContainText('Saved');
  await expect(row).toHaveAttribute('data-layer', 'owner');
  expect((await machine.state()).settings.values['presence.idleDelayMs']).toBe(7 * 60_000);
  await row.getByRole('button', { name: 'Back to default' }).click();
  await expect(field).toHaveValue('5');
  await expect(row).toHaveAttribute('data-layer', 'default');

  const programs = page.getByTestId('setting-programs.evictFor');
  await programs.getByRole('textbox').fill('solitaire');
  await programs.getByRole('textbox').press('Enter');
  await expect.poll(async () => (await machine.state()).settings.values['programs.evictFor']).toEqual(['solitaire']);
  await programs.getByRole('button', { name: 'Remove solitaire' }).click();
  await expect.poll(async () => (await machine.state()).settings.values['programs.evictFor']).toEqual([]);
  await reset(machine, 'programs.evictFor');

  await page.getByRole('switch', { name: 'Nobody sits at this machine' }).click();
  await expect(page.getByTestId('setting-presence.dedicated')).toContainText('they will notice it');
  await page.getByRole('button', { name: 'Back to default: Nobody sits at this machine' }).click();
  await expect.poll(async () => (await machine.state()).settings.values['presence.dedicated']).toBe(false);
});

test('sets what electricity costs: one price, then periods of the week, with the mistakes said; and the price of one device', async ({
  page,
  machine,
}) => {
  const tariffNow = async () => (await machine.state()).settings.values['power.tariff'];
  await openSettings(page, machine);
  const row = page.getByTestId('setting-power.tariff');
  await expect(row).toContainText('Assumed, because nobody has set it');
  const onePrice = row.getByRole('textbox', { name: 'Price of a kilowatt-hour' });
  await onePrice.fill('12');
  await expect(row.getByRole('alert')).toHaveText('Between 0 and 10 TEST/kWh.');
  await onePrice.fill('0.42');
  await onePrice.press('Enter');
  await expect.poll(tariffNow).toEqual({ kind: 'flat', microPerKwh: 420_000 });
  await expect(row).not.toContainText('Assumed');

  await row.getByRole('button', { name: 'By the hour' }).click();
  const night = row.getByRole('group', { name: 'Night' });
  await night.getByRole('textbox', { name: 'Price of a kilowatt-hour, Night' }).fill('0.1');
  await night.getByText('63 of 168 hours a week.').click();
  await night.getByRole('gridcell', { name: 'Monday 07:00 to 08:00, not in this period' }).click();
  await expect(night).toContainText('64 of 168 hours a week.');
  await expect
    .poll(tariffNow)
    .toMatchObject({ kind: 'time-of-use', otherMicroPerKwh: 420_000, periods: [{ name: 'Night', microPerKwh: 100_000 }] });

  const adding = row.getByRole('button', { name: 'Add a period' });
  await adding.press('Enter');
  const fresh = row.getByRole('group', { name: 'Period 2' });
  await expect(fresh).toContainText('No hour yet: it never counts.');
  await expect(fresh.getByRole('textbox', { name: 'Name of the period' })).toBeFocused();
  await page.keyboard.type(' ');
  await expect(fresh.getByRole('alert')).toHaveText('Give it a name.');
  await page.keyboard.type('Weekend');
  await page.keyboard.press('Enter');
  const weekend = row.getByRole('group', { name: 'Weekend' });
  await weekend.getByRole('rowheader', { name: /All of Sunday/ }).click();
  await expect(weekend).toContainText('24 of 168 hours a week. 9 of them count for a period above.');
  await weekend.getByRole('button', { name: 'Remove Weekend' }).click();
  await expect(adding).toBeFocused();
  await expect.poll(tariffNow).toMatchObject({ periods: [{ name: 'Night' }] });
  await row.getByRole('button', { name: 'One price' }).click();
  await expect.poll(tariffNow).toEqual({ kind: 'flat', microPerKwh: 420_000 });
  await row.getByRole('button', { name: 'Back to default: Price of electricity' }).click();
  await expect(row).toContainText('Assumed');

  const [device] = (await machine.state()).devices;
  const prices = page.getByTestId('setting-pricing.ofDevices');
  const price = prices.getByRole('textbox', { name: `Price of ${device?.name}` });
  await expect(price).toHaveAttribute('placeholder', '0.05');
  await price.fill('0.25');
  await price.press('Enter');
  const ofDevices = async () => (await machine.state()).settings.values['pricing.ofDevices'];
  await expect.poll(ofDevices).toEqual({ [device?.id ?? '']: 250_000 });
  await price.fill('');
  await price.press('Enter');
  await expect.poll(ofDevices).toEqual({});
  await reset(machine, 'pricing.ofDevices');
});
