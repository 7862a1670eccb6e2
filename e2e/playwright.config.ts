import { defineConfig } from '@playwright/test';

/** Chromium's own traffic (updates, variations, sign-in, translation) has no place in a test. */
const quietFlags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-sync',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
  '--no-first-run',
  '--no-pings',
];
const isRoot = process.getuid?.() === 0;

/** `npm test -- web` builds the UI, finds Chromium and runs the project `web`; `npm test -- electron` likewise. */
export default defineConfig({
  outputDir: '../test-results',
  forbidOnly: true,
  fullyParallel: false,
  workers: 1,
  retries: 1, // as in vitest.config.ts: the summary names each test that needed it
  timeout: 90_000,
  expect: { timeout: 15_000 },
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
  projects: [
    {
      name: 'web',
      testDir: 'web',
      use: {
        browserName: 'chromium',
        viewport: { width: 1280, height: 800 },
        launchOptions: {
          executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
          chromiumSandbox: !isRoot, // Chromium refuses its sandbox to root
          args: quietFlags,
        },
      },
    },
    { name: 'electron', testDir: 'electron' },
  ],
});
