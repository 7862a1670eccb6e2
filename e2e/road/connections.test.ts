import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withAgent } from '../../src/cli/agent-client.ts';
import { type Machine, smallJob, startMachine } from './machine.ts';
import { buildSmallImage } from './small-image.ts';

let machine: Machine;
let image: string;

/** Asks its proxy for a host that it did not list; nothing leaves the machine for that. */
const program = `
import { request } from 'node:http';
const { hostname, port } = new URL(process.env.HTTP_PROXY);
request({ host: hostname, port, path: 'http://router.example/', headers: { host: 'router.example' } }, (answer) => {
  console.log('answered', answer.statusCode);
  process.exit(answer.statusCode === 403 ? 0 : 1);
}).end();
`;

beforeAll(async () => {
  image = await buildSmallImage();
  machine = await startMachine();
  await withAgent(machine.home, (agent) => agent.settings.set({ key: 'presence.dedicated', value: true }));
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
});

it('runs a job that connects only once the owner allows it, and keeps what it connected to', async () => {
  const { id } = await machine.client.jobs.create({
    spec: smallJob(image, {
      command: ['node', '--input-type=module', '-e', program],
      outputs: [],
      network: { kind: 'egress', allow: ['files.example:443'], maxUploadBytes: 2 ** 20, maxDownloadBytes: 2 ** 20 },
    }),
    idempotencyKey: randomUUID(),
  });
  await expect
    .poll(async () => (await machine.client.jobs.get({ id })).reason, { timeout: 30_000 })
    .toMatch(/No owner of what is offered lets jobs connect/);

  await withAgent(machine.home, (agent) => agent.settings.set({ key: 'network.egress', value: true }));
  const live = await machine.untilState('runs it', ({ leases }) => leases.length > 0);
  expect(live.leases[0]?.network).toMatchObject({ kind: 'egress', allow: ['files.example:443'] });
  const job = await machine.untilEnded(id);
  expect(job, job.reason ?? '').toMatchObject({ state: 'succeeded' });

  await machine.untilState('settled', ({ leases }) => leases.length === 0);
  const leaseId = job.leaseId ?? '';
  const { connections } = await withAgent(machine.home, (agent) => agent.sandbox.connections({ leaseId }));
  expect(connections).toEqual([
    expect.objectContaining({ host: 'router.example', port: 80, address: null, refusal: expect.stringMatching(/list/) }),
  ]);
  await expect.poll(() => machine.leftovers(), { timeout: 20_000 }).toEqual([]);
}, 120_000);
