import Docker from 'dockerode';
import { z } from 'zod';
import { findSocketPath } from '../../agent/sandbox/engine.ts';
import type { EngineProbe } from './engine-plan.ts';

const probeTimeoutMs = 5000;
const failure = z.object({ code: z.string().optional(), message: z.string() });

/**
 * Asks an engine for its version.
 * @param socketPath null: the engine that the agent uses (DOCKER_HOST where it names a local socket, else the system's own)
 */
export async function probeEngine(socketPath: string | null): Promise<EngineProbe> {
  try {
    const docker = new Docker({ timeout: probeTimeoutMs, socketPath: socketPath ?? findSocketPath() });
    const { Version: version } = await docker.version();
    return { kind: 'ready', version };
  } catch (error) {
    const { code, message } = failure.parse(error);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'ECONNREFUSED') return { kind: 'refused' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'denied' };
    return { kind: 'failed', detail: message };
  }
}
