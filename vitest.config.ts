import { defineConfig } from 'vitest/config';

const engineTests = ['**/*.engine.test.ts', 'e2e/road/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,build,electron,e2e,renderer,examples}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', 'e2e/{web,electron,soak}/**', ...engineTests],
          testTimeout: 15_000,
          hookTimeout: 30_000,
        },
      },
      {
        // One at a time: these share the machine's one container engine.
        test: {
          name: 'engine',
          include: engineTests,
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          retry: 1, // a loaded machine upsets what plays with real processes; the summary names each test that needed it
        },
      },
    ],
  },
});
