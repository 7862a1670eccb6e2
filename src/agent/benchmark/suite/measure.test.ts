import { expect, test } from 'vitest';
import { steadier } from './measure.ts';

const first = { launchMs: 10, iqrShare: 0.2, samples: 11 };

test('what is measured again counts where it spread less, and never by having fewer samples', () => {
  const calmer = { launchMs: 11, iqrShare: 0.1, samples: 11 };
  expect(steadier(first, calmer)).toBe(calmer);
  expect(steadier(calmer, first)).toBe(calmer);
  expect(steadier(first, { launchMs: 5, iqrShare: 0.01, samples: 3 })).toBe(first);
});
