import { join } from 'node:path';
import { runNamed } from './named.ts';

// npm run soak -- <name> runs e2e/soak/<name>.ts, which keeps the parts under load for hours.
process.exitCode = await runNamed('soak', join(import.meta.dirname, '..', 'e2e', 'soak'), process.argv.slice(2));
