import { Resolver } from 'node:dns/promises';
import { chmodSync } from 'node:fs';
import { connect } from 'node:net';
import { createAudit } from './audit.ts';
import { createBudget } from './budget.ts';
import { createProxy } from './proxy.ts';
import type { ProxyOrder } from './proxy-order.ts';
import { refusing } from './special-addresses.ts';

/** The proxy as a process. Arguments: its order (ProxyOrder) as JSON, which comes from our own agent. Its output is the audit log. */

const RESOLVE_MS = 3_000;
const RESOLVE_TRIES = 2;
/** A job that asks again and again must not make the owner's resolver work each time. */
const REMEMBER_MS = 10_000;

const order: ProxyOrder = JSON.parse(process.argv[2] ?? '');
const resolver = new Resolver({ timeout: RESOLVE_MS, tries: RESOLVE_TRIES });
const answers = new Map<string, Promise<readonly string[]>>();

function resolve(host: string): Promise<readonly string[]> {
  const known = answers.get(host);
  if (known !== undefined) return known;
  const asked = ask(host);
  answers.set(host, asked);
  setTimeout(() => answers.delete(host), REMEMBER_MS);
  return asked;
}

/** Version 6 is looked at, though not used: a name that leads into the owner's network in one version is not to be trusted in the other. */
async function ask(host: string): Promise<readonly string[]> {
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  if (v4.status === 'rejected') throw v4.reason;
  return v6.status === 'rejected' ? v4.value : [...v4.value, ...v6.value];
}

const server = createProxy({
  allow: new Set(order.allow),
  isRefused: refusing(order.ownNetworks),
  resolve,
  connect: (host, port) => connect({ host, port, allowHalfOpen: true }),
  upload: createBudget(order.maxUploadBytes),
  download: createBudget(order.maxDownloadBytes),
  audit: createAudit(Date.now, (line) => process.stdout.write(line)),
});
server.listen(order.socketPath, () => {
  chmodSync(order.socketPath, 0o666); // the holder is another user; the folder is in the reach of these two only
  process.stdout.write('ready\n');
});
