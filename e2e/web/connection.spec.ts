import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readUiAddress } from '../../src/cli/agent-client.ts';
import { openHome } from '../../src/cli/home.ts';
import { startPart } from '../../src/cli/start/child.ts';
import { expect, goTo, openNow, test } from './app.ts';
import { expectReadable } from './reading.ts';

test('says calmly that the agent went away, and is live again without being loaded again', async ({ page, machine, complaints }) => {
  complaints.expect(/WebSocket connection .* failed/);
  await openNow(page, machine);
  await page.waitForLoadState('networkidle'); // the files of the other screens
  await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  await machine.kill('agent');
  await expect(page.getByTestId('connection-banner')).toContainText('trying again');
  await expect(page.getByTestId('headline')).toHaveAttribute('data-state', 'offline');
  await expect(page.getByTestId('today'), 'keeps what was known').toBeVisible();
  await expect(page.getByRole('button', { name: 'Pause' })).toBeDisabled();
  await goTo(page, 'Settings');
  await expect(page.getByTestId('week-grid'), 'opens without the agent').toHaveAttribute('aria-readonly', 'true');
  await goTo(page, 'Now');
  await machine.restart('agent');
  await expect(page.getByTestId('connection-banner')).toHaveCount(0);
  await expect(page.getByTestId('headline')).toHaveAttribute('data-state', 'waiting');
  await expect(page.getByTestId('reason-network-unreachable')).toHaveCount(0);
  expect(await page.evaluate(() => Object.hasOwn(window, 'loadedOnce'))).toBe(true);
});

test('says that the network is away, and when it is back', async ({ page, machine }) => {
  await openNow(page, machine);
  await machine.kill('network');
  await expect(page.getByTestId('reason-network-unreachable')).toContainText('tries again by itself');
  await expect(page.getByTestId('machine')).toContainText('Offline');
  await machine.restart('network');
  await expect(page.getByTestId('reason-network-unreachable')).toHaveCount(0);
  await expect(page.getByTestId('machine')).toContainText('Connected');
});

test('asks for help, with a way out for each reason, where there is neither an engine nor a network', async ({ page }) => {
  const home = openHome(mkdtempSync(join(tmpdir(), 'nightshift-e2e-bare-')));
  const dockerHost = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = 'unix:///nonexistent.sock';
  const agent = await startPart('agent', home, ['--ui-port', '0']);
  if (dockerHost === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = dockerHost;
  try {
    await page.goto(`${agent.url}/#token=${readUiAddress(home)?.token}`);
    await expect(page.getByTestId('headline')).toHaveAttribute('data-state', 'attention');
    await expect(page.getByTestId('engine-missing')).toBeVisible();
    for (const code of ['engine-missing', 'not-enrolled'])
      await expect(page.getByTestId(`reason-${code}`).getByText('What to do')).toHaveCount(1);
    await expect(page.getByTestId('today-net'), 'no network, no currency, no amount').toContainText('—');
    await expectReadable(page);
  } finally {
    await agent.stop();
    rmSync(home.root, { recursive: true, force: true });
  }
});
