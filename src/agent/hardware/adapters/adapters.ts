import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Logger } from '../../../lib/log.ts';
import { type GraphicsAdapter, graphicsAdapter } from './graphics-adapter.ts';

const PROGRAM = fileURLToPath(new URL('list-adapters.ts', import.meta.url));
/** Drivers may take seconds to start; one that hangs is given up. */
const LIST_MS = 20_000;

/** Asks Dawn in a process of its own, which loads every graphics driver of the machine. Null: it could not be asked. */
export async function listAdapters(logger: Logger, env: NodeJS.ProcessEnv = process.env): Promise<readonly GraphicsAdapter[] | null> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], {
      env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
      timeout: LIST_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    return z.array(graphicsAdapter).parse(JSON.parse(stdout));
  } catch (error) {
    logger.warn({ error }, 'the graphics adapters of this machine cannot be listed');
    return null;
  }
}
