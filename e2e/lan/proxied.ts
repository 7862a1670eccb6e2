import type { Attempt } from './attempts.ts';
import { ALLOWED, BRIDGE, EXFILTRATION_DOMAIN, HOST, METADATA, NAS, ROUTER } from './topology.ts';

/** What the job with connections lists; most of it leads home. */
export const LISTED: readonly string[] = [
  ...['allowed.example:80', 'allowed.example:443', 'alternate.example:80', 'both.example:80', 'rebind.example:80', 'rebind.example:445'],
  ...[
    'ula.example:80',
    'mapped.example:80',
    'metadata.example:80',
    'carrier.example:80',
    'loopback.example:8022',
    'unspecified.example:8022',
  ],
  ...['host.example:8022', 'campus.example:80', 'nowhere.example:80'],
];

const page = (url: string): Attempt => ({ kind: 'proxied', url, uploadBytes: 0 });
const tunnel = (to: string): Attempt => ({ kind: 'tunnel', to, path: '/content' });

/** Each brings `lanContent`. */
export const ALLOWED_ATTEMPTS: readonly Attempt[] = [
  tunnel('allowed.example:443'),
  tunnel('allowed.example:80'),
  page('http://allowed.example/content'),
  // Each further answer would be the NAS.
  page('http://alternate.example/content'),
  tunnel('alternate.example:80'),
];
/** None brings anything, and none reaches a machine but the one that is listed. */
export const FORBIDDEN_ATTEMPTS: readonly Attempt[] = [
  // Listed, and at home.
  ...['both.example:80', 'rebind.example:80', 'rebind.example:445', 'ula.example:80', 'mapped.example:80'].map(tunnel),
  ...[
    'metadata.example:80',
    'carrier.example:80',
    'loopback.example:8022',
    'unspecified.example:8022',
    'host.example:8022',
    'campus.example:80',
  ].map(tunnel),
  ...['http://rebind.example/', 'http://both.example/', 'http://metadata.example/', 'http://ula.example/'].map(page),
  // Not listed: ports, hosts, names that tell something.
  ...['allowed.example:8443', 'foreign.example:443', 'nas.home.arpa:80', 'localhost:8022', `tunnel.${EXFILTRATION_DOMAIN}:443`].map(tunnel),
  ...[`http://page.${EXFILTRATION_DOMAIN}/`, `http://allowed.example.${EXFILTRATION_DOMAIN}/`, 'http://foreign.example/'].map(page),
  // Addresses in all notations.
  ...[`${NAS.v4}:80`, '3232255252:80', '0xc0a84d14:80', '0300.0250.0115.024:80', '192.168.19732:80', `[::ffff:${NAS.v4}]:80`].map(tunnel),
  ...[`[${NAS.v6}]:80`, `[${HOST.v6}]:22`, `[${NAS.linkLocal}%25eth0]:80`, '127.0.0.1:8022', '0:8022', '[::]:8022', '[::1]:22'].map(tunnel),
  ...[`${ALLOWED}:443`, `${METADATA}:80`, `${ROUTER.v4}:53`, `${BRIDGE.v4}:22`].map(tunnel),
  ...[`http://${NAS.v4}/`, `http://allowed.example@${NAS.v4}/`, `http://[${NAS.v6}]/`, 'http://3232255252/'].map(page),
  // By way of the host that it may reach.
  ...[
    `http://${NAS.v4}/`,
    'http://rebind.example/',
    'http://nas.home.arpa/',
    `http://${METADATA}/`,
    `http://go.${EXFILTRATION_DOMAIN}/`,
  ].map((to) => page(`http://allowed.example/redirect?to=${encodeURIComponent(to)}`)),
];
