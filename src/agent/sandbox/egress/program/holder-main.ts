import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

/**
 * The holder as a process: leads the proxy's port on the loopback of the job's network to the proxy's socket. Arguments: port, socket. It
 * knows no rule: where nobody answers on the socket, nothing gets out.
 */

/** More than the proxy lets in, which can say why. */
const MAX_CONNECTIONS = 160;

const [port = '', socketPath = ''] = process.argv.slice(2);

const server = createServer({ allowHalfOpen: true }, (client) => {
  const proxy = connect({ path: socketPath, allowHalfOpen: true });
  const end = (error?: Error | null): void => {
    if (!error) return; // each way ends by itself
    client.destroy();
    proxy.destroy();
  };
  client.on('error', end);
  proxy.on('error', end);
  pipeline(client, proxy, end);
  pipeline(proxy, client, end);
});
server.maxConnections = MAX_CONNECTIONS;
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
