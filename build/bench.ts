import { join } from 'node:path';
import { runNamed } from './named.ts';

// npm run bench -- <name> [--json] runs build/bench/<name>.ts, which measures one promise and prints what it found.
process.exitCode = await runNamed('bench', join(import.meta.dirname, 'bench'), process.argv.slice(2));
