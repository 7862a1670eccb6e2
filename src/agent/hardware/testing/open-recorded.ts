import { pino } from 'pino';
import { tempFolder } from '../../../lib/testing/temp-folder.ts';
import { type Db, openStore } from '../../store/open.ts';
import { type Hardware, openHardware } from '../hardware.ts';
import { layOut, type MachineRecording, type RecordedMachine, type RecordingName, readRecording } from './recorded-machine.ts';

/** A recorded machine with an inventory of it, whose clock a test moves. */
export interface OpenedMachine {
  readonly machine: RecordedMachine;
  readonly db: Db;
  /** How often devices were said to have changed. */
  changes(): number;
  hardware(): Hardware;
  /** Ms go by, both on the wall and for durations. */
  pass(ms: number): void;
  /** The agent is started anew, with the same database. */
  restart(): Promise<void>;
  [Symbol.dispose](): void;
}

/** Of a recording by its name, or of one that a test has made. */
export async function openRecorded(recording: RecordingName | MachineRecording): Promise<OpenedMachine> {
  const machine = layOut(typeof recording === 'string' ? readRecording(recording) : recording);
  const db = openStore(tempFolder());
  let passedMs = 0;
  let changes = 0;
  const start = () =>
    openHardware({
      root: machine.root,
      platform: 'linux',
      nvmlLibrary: machine.nvmlLibrary,
      workerPublicKey: 'a worker',
      db,
      clock: { nowMs: () => 1_800_000_000_000 + passedMs, monotonicMs: () => passedMs },
      logger: pino({ level: 'silent' }),
      changed: () => {
        changes += 1;
      },
    });
  let hardware = await start();
  return {
    machine,
    db,
    changes: () => changes,
    hardware: () => hardware,
    pass: (ms) => {
      passedMs += ms;
    },
    async restart() {
      hardware[Symbol.dispose]();
      hardware = await start();
    },
    [Symbol.dispose]() {
      hardware[Symbol.dispose]();
      db.close();
      machine[Symbol.dispose]();
    },
  };
}
