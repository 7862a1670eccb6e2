import { describe, expect, it } from 'vitest';
import type { SettingRow } from '../store/settings-rows.ts';
import { resolveSettings } from './layers.ts';

const row = (layer: 'policy' | 'owner', key: string, value: unknown, locked = false): SettingRow => ({
  layer,
  key,
  value: JSON.stringify(value),
  locked,
});

describe('settings layers', () => {
  it('shows the defaults where nothing is set', () => {
    const view = resolveSettings([]);
    expect(view.values['presence.dedicated']).toBe(false);
    expect(view.layerOf['presence.dedicated']).toBe('default');
  });

  it("prefers the owner's value to an unlocked policy", () => {
    const view = resolveSettings([row('policy', 'limits.cpuShare', 0.25), row('owner', 'limits.cpuShare', 0.5)]);
    expect(view.values['limits.cpuShare']).toBe(0.5);
    expect(view.layerOf['limits.cpuShare']).toBe('owner');
    expect(view.locked).toEqual([]);
  });

  it("keeps a locked policy value whatever the owner has set, and the owner's value comes back when the lock goes", () => {
    const owner = row('owner', 'limits.cpuShare', 0.5);
    const view = resolveSettings([row('policy', 'limits.cpuShare', 0.25, true), owner]);
    expect(view.values['limits.cpuShare']).toBe(0.25);
    expect(view.locked).toEqual(['limits.cpuShare']);
    expect(resolveSettings([owner]).values['limits.cpuShare']).toBe(0.5);
  });

  it('passes over a stored value that no longer fits', () => {
    expect(resolveSettings([row('owner', 'limits.cpuShare', 'a lot')]).layerOf['limits.cpuShare']).toBe('default');
  });
});
