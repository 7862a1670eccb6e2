import { expect, test } from 'vitest';
import { childEnvironment } from './environment.ts';

test('a child gets what drivers need and nothing that changes what it runs', () => {
  const own = {
    PATH: '/bin',
    SystemRoot: 'C:\\Windows',
    NODE_OPTIONS: '--require=/x.js',
    NIGHTSHIFT_HOME: '/h',
    LD_PRELOAD: '/x.so',
    LANG: undefined,
  };
  expect(childEnvironment(own, { VK_DRIVER_FILES: '/icd.json' })).toEqual({
    PATH: '/bin',
    SystemRoot: 'C:\\Windows',
    VK_DRIVER_FILES: '/icd.json',
    ELECTRON_RUN_AS_NODE: '1',
  });
});
