import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAgent } from '../../src/cli/agent-client.ts';
import { installDir } from '../../src/cli/home.ts';
import { readJobFile } from '../../src/cli/job/job-file.ts';
import { runLocally } from '../../src/cli/job/local-command.ts';
import { fetchArtifacts, submitJob } from '../../src/cli/job/submit.ts';
import { tempFolder } from '../../src/lib/testing/temp-folder.ts';
import { type Machine, startMachine } from './machine.ts';

const hasSoftwareDevice = ['/usr/lib/chromium', '/opt/google/chrome'].some((folder) => existsSync(join(folder, 'libvk_swiftshader.so')));
const never = new AbortController().signal;

// SwiftShader computes on the processor: this shows that what a GPU job is made of starts in the sandbox, and nothing of a real GPU.
describe.skipIf(!hasSoftwareDevice)('a WebGPU job on a software device (needs Chromium or Chrome)', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await startMachine({ networkArgs: ['--receipt-interval', '400'] });
    await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));
  });
  afterAll(async () => {
    const left = await machine.leftovers();
    await machine[Symbol.asyncDispose]();
    expect(left).toEqual([]);
  });

  it('goes the whole road: prepared, run in the sandbox, paid, fetched and verified', async () => {
    const run = tempFolder();
    const folders = { work: join(run, 'work'), inputs: join(run, 'inputs'), outputs: join(run, 'outputs') };
    const file = readJobFile(join(installDir, 'examples', 'webgpu', 'job.yaml'));
    const { id } = await submitJob(machine.client, machine.renter, file, folders, never);
    const job = await machine.untilEnded(id);
    let log = '';
    for await (const chunk of await machine.client.jobs.log({ id, offset: 0 })) log += chunk.text;
    expect(job, log).toMatchObject({ state: 'succeeded', exitCode: 0, attempt: 1 });
    expect(log).toMatch(/^device: .*SwiftShader.* a software device, no GPU\n/);
    expect(log).toContain('the product is right\n');

    await fetchArtifacts(machine.renter, job, folders.outputs, never);
    expect(JSON.parse(readFileSync(join(folders.outputs, 'adapter.json'), 'utf8'))).toMatchObject({
      architecture: 'swiftshader',
      isSoftware: true,
    });
    expect(await runLocally(file.verify ?? [], file.folder, folders, never)).toBe(0);

    const { receipts, invoices } = await machine.client.jobs.receipts({ id });
    expect(receipts.length).toBeGreaterThan(0);
    expect(invoices[0]?.invoice.chargeMicro).toBe(job.chargedMicro);
    await machine.untilState('wiped', (state) => state.leases.length === 0);
  });
});
