import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { collectOpenings, prove, sha256 } from '../../src/agent/benchmark/challenge/prove.ts';
import { referenceMultiplier } from '../../src/agent/benchmark/challenge/reference.ts';
import type { Challenge } from '../../src/contract/challenge/messages.ts';
import { judge } from '../../src/network/verification/judge.ts';
import { type SoftwareDevice, startDeviceProver } from './device-prover.ts';

/** Set by the test runner, which installs them: a JSON list. */
const devices: readonly SoftwareDevice[] = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? '[]');

const challenge: Challenge = {
  shape: { version: 1, blocks: 5, blockCells: 1_000, cellRounds: 100, steps: 3, hops: 200, size: 128, depth: 192, openings: 3 },
  binding: { nonce: 'c0ffee'.padEnd(64, '0'), deviceId: 'gpu-0', workerKey: 'worker', sessionEpoch: 3 },
  commitWithinMs: 1_000,
  openWithinMs: 1_000,
};
const request = { nonce: challenge.binding.nonce, steps: [0, 1, 2] };
const never = new AbortController().signal;
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a challenge on real Vulkan devices', () => {
  it('is given two of them by the test runner', () => {
    expect(devices.length).toBeGreaterThanOrEqual(2);
  });

  it.each(devices)('is answered by $name as by the reference, bit for bit, and passes', async (device) => {
    await using reference = await prove(referenceMultiplier(challenge), challenge, () => undefined, never);
    const expected = await collectOpenings(reference, request);
    await using prover = await startDeviceProver(device, never);
    const { commitment } = await prover.prove(challenge);
    const opened = await prover.open(request);

    expect(commitment).toEqual(reference.commitment);
    expect(opened.message).toEqual(expected.message);
    expect(digestOf(opened.products)).toBe(digestOf(expected.products));
    const evidence = {
      challenge,
      root: commitment.root,
      asked: request.steps,
      openings: opened.message.openings,
      products: opened.products,
    };
    expect(judge(evidence, sha256, randomBytes)).toBeNull();
  });
});
