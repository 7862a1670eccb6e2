import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { settings } from '../../../contract/model/settings.ts';
import { createLogger } from '../../../lib/log.ts';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { openStore } from '../../store/open.ts';
import { openHardware } from '../hardware.ts';
import { recordedMachine } from '../testing/recorded-machine.ts';
import { openTelemetry } from './telemetry.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

it.skipIf(!hasCompiler)(
  'looks at each card of a recorded rig by itself: one in a riser, then one that falls off the bus (needs gcc)',
  async () => {
    using machine = await recordedMachine('rtx-4090-and-3060');
    const db = openStore(tempFolder());
    using parts = new DisposableStack();
    parts.defer(() => void db.close());
    let nowMs = Date.UTC(2026, 10, 22);
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const logger = createLogger('test', 'silent');
    const { root, nvmlLibrary } = machine;
    const options = { root, nvmlLibrary, platform: 'linux', workerPublicKey: '', db, clock, logger, changed: () => undefined } as const;
    const hardware = parts.use(await openHardware(options));
    const telemetry = parts.use(
      openTelemetry({ db, clock, hardware, settings: () => settings.parse({}), changed: () => undefined, logger }),
    );
    const [big, small] = telemetry.devices().filter(({ kind }) => kind === 'gpu');
    if (!big || !small) throw new Error('the rig has two cards');
    const run = (seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        nowMs += 1_000;
        hardware.look();
        telemetry.tick(nowMs);
      }
    };

    run(12);
    expect(telemetry.latest()[big.id]?.temperatureC).toBeGreaterThan(20);
    expect(telemetry.health(big.id)).toEqual({ kind: 'good', alarms: [] });
    expect(telemetry.health(small.id)).toMatchObject({ kind: 'good', alarms: [{ code: 'slow-link' }] });
    expect(telemetry.history(small.id, 'minutes').points).toHaveLength(12);

    machine.lose(small.busId ?? '');
    run(12);
    expect(telemetry.health(small.id).kind).toBe('lost');
    expect(telemetry.latest()[small.id]).toBeUndefined();
    expect(telemetry.health(big.id).kind).toBe('good');
    expect(telemetry.latest()[big.id]?.atMs).toBe(nowMs);
  },
);
