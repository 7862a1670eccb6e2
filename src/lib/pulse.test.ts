import { describe, expect, it } from 'vitest';
import { createPulse } from './pulse.ts';

describe('pulse', () => {
  it('keeps a pulse that came while nobody waited', async () => {
    const pulse = createPulse();
    using listener = pulse.listen(new AbortController().signal);
    pulse.fire();
    pulse.fire();
    expect(await listener.next()).toBe(true);
  });

  it('ends with the signal', async () => {
    const pulse = createPulse();
    const stop = new AbortController();
    using listener = pulse.listen(stop.signal);
    const waiting = listener.next();
    stop.abort();
    expect(await waiting).toBe(false);
    expect(await listener.next()).toBe(false);
  });
});
