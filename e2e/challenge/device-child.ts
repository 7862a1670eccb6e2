import { collectOpenings, type Proof } from '../../src/agent/benchmark/challenge/prove.ts';
import { proveOnDevice } from '../../src/agent/benchmark/challenge/prove-on-device.ts';
import { createBuffer } from '../../src/agent/benchmark/gpu/buffers.ts';
import { openDevice } from '../../src/agent/benchmark/gpu/device.ts';
import { bind, type Compiled } from '../../src/agent/benchmark/gpu/pipeline.ts';
import { timeSubmit } from '../../src/agent/benchmark/gpu/timing.ts';
import { tune } from '../../src/agent/benchmark/gpu/tune.ts';
import { gemmI8Candidates } from '../../src/agent/benchmark/kernels/gemm-i8.ts';
import type { DeviceAnswer, DeviceQuestion } from './device-prover.ts';

// One device of this process's environment answers challenges, one after another, over IPC. Ended by its parent.

const device = await openDevice({ adapterName: null, backend: null });
const TUNE_MS = 8_000;
let tunedKernel: string | null = null;
let proof: Proof | null = null;

const say = (answer: DeviceAnswer): void => {
  process.send?.(answer);
};
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** The name of the fastest kernel for a square product of this size. */
async function fastestKernel(size: number): Promise<string> {
  const candidates = gemmI8Candidates({ m: size, n: size, k: size }, device);
  const measureMs = async (compiled: Compiled): Promise<number> => {
    using buffers = new DisposableStack();
    const bound = bind(
      device,
      compiled,
      compiled.kernel.bindings.map(({ sizeBytes }) => buffers.adopt(createBuffer(device, sizeBytes), (made) => made.destroy())),
    );
    return (await timeSubmit(device, compiled, bound, compiled.kernel.workgroups, 1)).wallMs;
  };
  return (await tune(device, candidates, measureMs, TUNE_MS, new AbortController().signal)).winner.kernel.name;
}

async function take(question: DeviceQuestion): Promise<void> {
  if (question.kind === 'tune') {
    tunedKernel = await fastestKernel(question.size);
    say({ kind: 'tuned', kernel: tunedKernel });
    return;
  }
  if (question.kind === 'open') {
    if (proof === null) throw new Error('nothing is proven yet');
    say({ kind: 'opened', ...(await collectOpenings(proof, question.request)) });
    return;
  }
  await proof?.[Symbol.asyncDispose]();
  const marksMs: number[] = [];
  // Progress is told at least once after the fill and after each step: the last marks are those of the steps.
  proof = await proveOnDevice(device, question.challenge, tunedKernel, () => marksMs.push(cpuMs()), new AbortController().signal);
  const ofSteps = marksMs.slice(-question.challenge.shape.steps - 1);
  const stepCpuMs = ofSteps.slice(1).map((markMs, at) => markMs - (ofSteps[at] ?? 0));
  say({ kind: 'proven', commitment: proof.commitment, stepCpuMs });
}

process.on('message', (question: DeviceQuestion) => {
  take(question).catch((error: unknown) => say({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) }));
});
say({ kind: 'ready', name: `${device.info.vendor} ${device.info.architecture} ${device.info.description}`.trim() });
