import { describe, expect, it } from 'vitest';
import { formatBytes } from './bytes.ts';

describe('bytes', () => {
  it('uses binary units and a dash for the unknown', () => {
    expect(formatBytes(512 * 2 ** 20)).toBe('512 MiB');
    expect(formatBytes(67_430_000_000)).toBe('62.8 GiB');
    expect(formatBytes(1_000_000_000)).toBe('954 MiB');
    expect(formatBytes(0)).toBe('0 B');
    expect(formatBytes(null)).toBe('—');
  });
});
