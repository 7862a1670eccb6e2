import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAgent } from '../../src/cli/agent-client.ts';
import { runContainerBenchmark } from '../../src/cli/benchmark/container.ts';
import { installDir } from '../../src/cli/home.ts';
import { buildImage } from '../../src/cli/image/build-image.ts';
import { followJob } from '../../src/cli/job/follow.ts';
import { readJobFile } from '../../src/cli/job/job-file.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { type Machine, startMachine } from './machine.ts';

const never = new AbortController().signal;

/** Multiplies two matrices in plain JavaScript, checks a row and says so; or leaves what LEAVES says. */
const program = `
import { writeFileSync } from 'node:fs';
const path = process.env.NIGHTSHIFT_OUTPUTS + '/benchmark.json';
const n = 128;
const fill = () => Float32Array.from({ length: n * n }, () => Math.random());
const [a, b, c] = [fill(), fill(), new Float32Array(n * n)];
const cell = (row, column) => { let sum = 0; for (let k = 0; k < n; k++) sum += a[row * n + k] * b[k * n + column]; return sum; };
const seconds = Array.from({ length: 11 }, () => {
  const startedMs = performance.now();
  for (let row = 0; row < n; row++) for (let column = 0; column < n; column++) c[row * n + column] = cell(row, column);
  return (performance.now() - startedMs) / 1000;
}).sort((x, y) => x - y);
const verified = Array.from({ length: n }, (_, column) => Math.abs(c[7 * n + column] - cell(7, column)) < 1e-3).every(Boolean);
const figure = { name: 'gemm-f32', value: (2 * n ** 3) / seconds[5] / 1e12, unit: 'TFLOPS', samples: 11, iqrShare: (seconds[8] - seconds[2]) / seconds[5], verified, detail: 'n = ' + n };
const result = { schemaVersion: 1, framework: { name: 'Node', version: process.version }, device: { kind: 'cpu', name: 'processor', uuid: null }, figures: [figure], errors: [] };
writeFileSync(path, process.env.LEAVES ?? JSON.stringify(result));
console.log('measured');
`;

describe('a benchmark in a container', () => {
  let machine: Machine;
  let image = '';
  beforeAll(async () => {
    machine = await startMachine();
    await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));
    const contextDir = tempFolder();
    writeFileSync(join(contextDir, 'benchmark.mjs'), program);
    image = (await buildImage({ contextDir, onProgress: () => undefined, signal: never })).imageId;
  });
  afterAll(async () => {
    const left = await machine.leftovers();
    await machine[Symbol.asyncDispose]();
    expect(left).toEqual([]);
  });

  /** The example's job file with this image and program. */
  function jobFile(env: Readonly<Record<string, string>>) {
    const text = readFileSync(join(installDir, 'examples', 'benchmark-torch', 'job.yaml'), 'utf8')
      .replace(/^image: .*$/m, `image: ${image}\nenv: ${JSON.stringify(env)}`)
      .replace('[python3, /app/benchmark.py]', '[node, /app/benchmark.mjs]')
      .replace('class: gpu', 'class: cpu')
      .replace('memory: 8GB', 'memory: 256MB')
      .replace('cpus: 2', 'cpus: 0.5');
    const path = join(tempFolder(), 'job.yaml');
    writeFileSync(path, text);
    return readJobFile(path);
  }
  const run = (env: Readonly<Record<string, string>>) =>
    runContainerBenchmark(
      machine.renter,
      jobFile(env),
      (client, id, signal) => followJob(client, id, { onJob: () => undefined, onLog: () => undefined, onAway: () => undefined }, signal),
      never,
    );

  it('goes the road of any job, is paid for, and its figures come back checked', async () => {
    const { job, result } = await run({});
    expect(job).toMatchObject({ state: 'succeeded', attempt: 1, spec: { image } });
    expect(result).toMatchObject({
      framework: { name: 'Node' },
      figures: [{ name: 'gemm-f32', unit: 'TFLOPS', samples: 11, verified: true }],
    });
    const { invoices } = await machine.client.jobs.receipts({ id: job.id });
    expect(invoices[0]?.invoice.chargeMicro).toBe(job.chargedMicro);
    await machine.untilState('wiped', (state) => state.leases.length === 0);
  });

  it('is refused with the reason where what it left is no result', async () => {
    await expect(run({ LEAVES: '{"schemaVersion": 1}' })).rejects.toThrow('benchmark.json cannot be used: framework: ');
    await machine.untilState('wiped', (state) => state.leases.length === 0);
  });
});
