import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { engineFault, engineLost, statusOf } from './engine-fault.ts';

/** Longest that a short call may take. Container removal under load took 4 s here; a hung engine must not hang the agent. */
const CALL_TIMEOUT_MS = 60_000;

/** Where the engine listens: DOCKER_HOST where it names a local socket, else the platform's usual place. */
export function findSocketPath(): string {
  const host = process.env.DOCKER_HOST;
  if (host?.startsWith('unix://')) return host.slice('unix://'.length);
  if (host?.startsWith('npipe://')) return host.slice('npipe://'.length);
  if (process.platform === 'win32') return '//./pipe/docker_engine';
  const desktop = join(homedir(), '.docker/run/docker.sock');
  return process.platform === 'darwin' && existsSync(desktop) ? desktop : '/var/run/docker.sock';
}

/** The engine's API. Every call goes through `ask`, so that a lost or hung engine is one known problem. */
export interface Engine {
  readonly docker: Docker;
  readonly socketPath: string;
  /** Runs a short call. Throws ProblemError `engine-lost` when the engine is gone or silent for too long. */
  ask<T>(call: (docker: Docker) => Promise<T>): Promise<T>;
  /** As `ask`; null when the engine knows no such thing. */
  find<T>(call: (docker: Docker) => Promise<T>): Promise<T | null>;
  /** Runs a call whose length depends on the job (uploads, pulls); only the signal ends it early. */
  askLong<T>(call: (docker: Docker) => Promise<T>): Promise<T>;
}

export function connectEngine(socketPath: string): Engine {
  const docker = new Docker({ socketPath });

  const askLong = async <T>(call: (docker: Docker) => Promise<T>): Promise<T> => {
    try {
      return await call(docker);
    } catch (error) {
      throw engineFault(error);
    }
  };

  // docker-modem never settles when the connection breaks within a response, so the limit is kept here.
  const ask = async <T>(call: (docker: Docker) => Promise<T>): Promise<T> => {
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(engineLost(new Error(`no answer within ${CALL_TIMEOUT_MS / 1000} s`))), CALL_TIMEOUT_MS);
    try {
      return await Promise.race([askLong(call), silence]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    docker,
    socketPath,
    ask,
    askLong,
    find: async (call) => {
      try {
        return await ask(call);
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw error;
      }
    },
  };
}
