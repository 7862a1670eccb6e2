import * as z from 'zod';
import { type ConnectionRecord, connectionRecord } from '../../../contract/model/sandbox.ts';
import type { Engine } from '../engine.ts';
import { createFrameParser } from '../log-frames.ts';

const auditLine = connectionRecord.extend({ id: z.int() });

/** What a proxy has written down so far; empty where there is none. Throws `engine-lost`. */
export async function readConnections(engine: Engine, proxy: string): Promise<readonly ConnectionRecord[]> {
  const frames = await engine.find((docker) => docker.getContainer(proxy).logs({ follow: false, stdout: true, stderr: false }));
  return frames === null ? [] : parseAudit(createFrameParser()(frames).toString());
}

/** The records of an audit log: of each id the last line, in the order they began. */
export function parseAudit(log: string): readonly ConnectionRecord[] {
  const lines = log
    .split('\n')
    .filter((line) => line.startsWith('{')) // the first one says that the proxy is ready
    .map((line) => auditLine.parse(JSON.parse(line)));
  const byId = new Map(lines.map(({ id, ...record }) => [id, record]));
  return [...byId.values()].toSorted((a, b) => a.atMs - b.atMs);
}
