import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DoctorReport } from '../../contract/model/doctor.ts';
import type { SensorReport } from '../../contract/model/presence.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { type Hardware, nvmlLibraryOf, openHardware } from '../hardware/hardware.ts';
import { reportSensors } from '../presence/sensors/fuse.ts';
import { openSensors } from '../presence/sensors/sensors.ts';
import { connectEngine, findSocketPath } from '../sandbox/engine.ts';
import { probeEngine } from '../sandbox/probe.ts';
import { openStore } from '../store/open.ts';
import { examine } from './examine.ts';

export interface ExamineAloneOptions {
  /** `/` but in tests. */
  readonly root: string;
  /** As the dynamic linker finds it; null: by its usual name. */
  readonly nvmlLibrary: string | null;
  /** Where the agent would keep its data. Nothing is written there. */
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Examines this machine from a process of its own, where no agent runs. What only an agent remembers (lost and quarantined devices, settings)
 * is not known then. Takes some seconds; needs neither an engine nor the rights of an administrator.
 */
export async function examineAlone(options: ExamineAloneOptions): Promise<DoctorReport> {
  const { root, dataDir, env, clock, logger } = options;
  await using parts = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-doctor-'));
  parts.defer(() => rmSync(folder, { recursive: true, force: true }));
  const db = openStore(folder);
  parts.defer(() => void db.close());
  const hardware = parts.use(
    await openHardware({
      root,
      platform: process.platform,
      nvmlLibrary: options.nvmlLibrary ?? nvmlLibraryOf(process.platform),
      workerPublicKey: '',
      db,
      clock,
      logger,
      changed: () => undefined,
    }),
  );
  await hardware.rescan();
  hardware.devices().forEach(({ id }) => void hardware.sample(id)); // some figures are of the time between two looks
  const [sensors] = await Promise.all([readSensors(options, hardware), hardware.listAdapters('asked')]);
  const devices = hardware.devices();
  const samples = devices.flatMap(({ id }) => {
    const sample = hardware.sample(id);
    return sample === null ? [] : [[id, sample] as const];
  });
  return examine({
    root,
    dataDir,
    env,
    devices,
    samples: Object.fromEntries(samples),
    adapters: hardware.adapters(),
    sensors,
    settings: null,
    probeEngine: () => probeEngine(connectEngine(findSocketPath()), new AbortController().signal),
    nowMs: clock.nowMs(),
  });
}

async function readSensors({ root, env, clock }: ExamineAloneOptions, hardware: Hardware): Promise<readonly SensorReport[]> {
  const { sensors } = await openSensors({
    env,
    root,
    monotonicMs: clock.monotonicMs,
    wallMs: clock.nowMs,
    changed: () => undefined,
    namedPrograms: () => [],
    jobCgroups: () => [],
    jobsCpuMs: () => 0,
    gpuJobRuns: () => false,
    nvml: process.platform === 'linux' ? hardware.nvml : null,
  });
  try {
    return reportSensors(sensors.map((sensor) => ({ sensor, reading: sensor.read() })));
  } finally {
    await Promise.all(sensors.map((sensor) => sensor.close()));
  }
}
