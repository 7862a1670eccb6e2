import { describe, expect, test } from 'vitest';
import { busyShare, type DrmClient, parseFdinfo } from './drm-fdinfo.ts';
import { amdgpuFdinfo, I915_FDINFO, xeFdinfo } from './testing/fdinfo.ts';

function parsed(text: string): DrmClient {
  const client = parseFdinfo(text);
  if (client === null) throw new Error('no client');
  return client;
}

describe('what the kernel tells of a GPU client', () => {
  test('amdgpu: memory in KiB, engines in nanoseconds', () => {
    const client = parsed(amdgpuFdinfo({ vramKib: 2_048, gfxNs: 5_000_000 }));
    expect(client).toMatchObject({ id: '0000:03:00.0/93', gpu: '0000:03:00.0', vramBytes: 2_097_152 });
    const later = parsed(amdgpuFdinfo({ vramKib: 2_048, gfxNs: 505_000_000 }));
    expect(busyShare(client, later, 1_000)).toBeCloseTo(0.5);
  });

  test('i915: engines of which there are several, memory called local', () => {
    const client = parsed(I915_FDINFO);
    expect(client.vramBytes).toBe(16 * 2 ** 20);
    expect(client.engines.get('video')).toEqual({ busy: 8_000, total: null, capacity: 2 });
    expect(client.engines.has('capacity-video')).toBe(false);
  });

  test('xe: cycles of all cycles', () => {
    const client = parsed(xeFdinfo(1_000, 10_000));
    expect(client.vramBytes).toBe(23_992 * 1_024);
    expect(busyShare(client, parsed(xeFdinfo(1_750, 11_000)), 1)).toBe(0.75);
  });

  test('a driver that tells no use leaves it unknown', () => {
    const client = parsed('drm-driver:\tpanfrost\ndrm-client-id:\t7\n');
    expect(client).toMatchObject({ gpu: 'panfrost', vramBytes: null });
    expect(busyShare(client, client, 1_000)).toBeNull();
  });

  test('other descriptors are no clients', () => {
    expect(parseFdinfo('pos:\t0\nflags:\t02\nmnt_id:\t14\n')).toBeNull();
  });
});
