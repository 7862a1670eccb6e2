import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Challenge, Commitment, OpeningRequest, Openings } from '../../src/contract/challenge/messages.ts';

/** A Vulkan device that computes on the processor, as the test runner names it in NIGHTSHIFT_TEST_VULKAN. */
export interface SoftwareDevice {
  readonly name: string;
  readonly icd: string;
  readonly libraryPath: string;
}

export type DeviceQuestion =
  | { readonly kind: 'tune'; readonly size: number }
  | { readonly kind: 'prove'; readonly challenge: Challenge }
  | { readonly kind: 'open'; readonly request: OpeningRequest };
export type DeviceAnswer =
  | { readonly kind: 'ready'; readonly name: string }
  | { readonly kind: 'tuned'; readonly kernel: string }
  | { readonly kind: 'proven'; readonly commitment: Commitment; readonly stepCpuMs: readonly number[] }
  | { readonly kind: 'opened'; readonly message: Openings; readonly products: Uint8Array }
  | { readonly kind: 'failed'; readonly detail: string };

export interface DeviceProver extends AsyncDisposable {
  /** As its driver calls it. */
  readonly name: string;
  /** Finds the fastest kernel for products of this size and uses it from now on. */
  tune(size: number): Promise<Extract<DeviceAnswer, { kind: 'tuned' }>>;
  /** Also the processor time of each step, of all threads: on a software device, the device's work. */
  prove(challenge: Challenge): Promise<Extract<DeviceAnswer, { kind: 'proven' }>>;
  open(request: OpeningRequest): Promise<Extract<DeviceAnswer, { kind: 'opened' }>>;
}

/** Starts a process in which this device (null: whatever the machine has) answers challenges. Throws where Dawn finds none. */
export async function startDeviceProver(device: SoftwareDevice | null, signal: AbortSignal): Promise<DeviceProver> {
  const environment = device === null ? {} : { VK_DRIVER_FILES: device.icd, LD_LIBRARY_PATH: device.libraryPath };
  const child = fork(join(import.meta.dirname, 'device-child.ts'), {
    env: { ...process.env, ...environment },
    serialization: 'advanced',
    signal,
    killSignal: 'SIGKILL', // a driver may hang in its own end
  });
  const exited = once(child, 'exit').catch((error: unknown) => [String(error)]);
  const heard = async <K extends DeviceAnswer['kind']>(kind: K): Promise<Extract<DeviceAnswer, { kind: K }>> => {
    const [first]: readonly unknown[] = await Promise.race([
      once(child, 'message'),
      exited.then(([code]) => [{ kind: 'failed', detail: `it ended with ${code}` }]),
    ]);
    const answer = first as DeviceAnswer; // our own child, of this file's types
    if (answer.kind === kind) return answer as Extract<DeviceAnswer, { kind: K }>; // just compared
    throw new Error(`${device?.name ?? 'the device'}: ${answer.kind === 'failed' ? answer.detail : `${answer.kind} instead of ${kind}`}`);
  };
  const ask = <K extends DeviceAnswer['kind']>(question: DeviceQuestion, kind: K): Promise<Extract<DeviceAnswer, { kind: K }>> => {
    const answer = heard(kind);
    child.send(question);
    return answer;
  };
  const { name } = await heard('ready');
  return {
    name,
    tune: (size) => ask({ kind: 'tune', size }, 'tuned'),
    prove: (challenge) => ask({ kind: 'prove', challenge }, 'proven'),
    open: (request) => ask({ kind: 'open', request }, 'opened'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
