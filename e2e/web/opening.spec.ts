import { expect, openNow, printedAddress, test } from './app.ts';

test('opens with the printed address and takes the token out of sight', async ({ page, machine }) => {
  await openNow(page, machine);
  expect(page.url()).toBe(`${machine.agent().url}/`);
  expect(await page.evaluate(() => localStorage.length)).toBe(0);
  await page.goBack();
  expect(page.url(), 'the entry before it in the history').toBe('about:blank');
  await page.goForward();
  await expect(page.getByTestId('headline')).toBeVisible();
  await page.reload();
  await expect(page.getByTestId('headline'), 'this tab keeps its token').toBeVisible();
});

test('works under a policy that lets the page run its own files only', async ({ page, machine, complaints }) => {
  const answer = await page.goto(printedAddress(machine));
  const policy = (answer?.headers()['content-security-policy'] ?? '').split('; ');
  expect(policy).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]),
  );
  expect(policy.join()).not.toContain('unsafe');
  await expect(page.getByTestId('headline')).toBeVisible();

  complaints.expect(/Content Security Policy/);
  const refused = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
        const script = document.createElement('script');
        script.textContent = 'document.title = "taken over"';
        document.body.append(script);
      }),
  );
  expect(refused).toBe('script-src-elem');
  await expect(page).toHaveTitle('Nightshift');
});

test('refuses a wrong token and a missing one in words, and opens with the right one in the same tab', async ({ page, machine }) => {
  for (const hash of ['', '#token=ui_wrong']) {
    await page.goto(`${machine.agent().url}/${hash}`);
    await expect(page.getByTestId('full-screen')).toContainText('This page may not talk to the agent');
    await expect(page.getByTestId('full-screen')).toContainText('npm start');
    await expect(page.getByTestId('headline')).toHaveCount(0);
  }
  await openNow(page, machine);
});
