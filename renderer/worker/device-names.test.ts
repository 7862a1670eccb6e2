import { describe, expect, it } from 'vitest';
import { fullName, placeIfAmbiguous } from './device-names.ts';

const [a, b, other] = [
  { id: 'a', name: 'RTX 3090', place: 'PCI 0000:21:00.0' },
  { id: 'b', name: 'RTX 3090', place: 'PCI 0000:41:00.0' },
  { id: 'c', name: 'RTX 3060', place: 'PCI 0000:61:00.0' },
] as const;

describe('what a device is called', () => {
  it('is its name, unless another one here has the same', () => {
    expect(placeIfAmbiguous(other, [a, b, other])).toBeNull();
    expect(fullName(other, [a, b, other])).toBe('RTX 3060');
    expect([a, b].map((device) => fullName(device, [a, b, other]))).toEqual(['RTX 3090, PCI 0000:21:00.0', 'RTX 3090, PCI 0000:41:00.0']);
  });
});
