import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { HardwareDevice } from '../../../contract/model/device.ts';
import { throttleReasons } from '../nvml/throttle-reasons.ts';
import { type DeviceFacts, DIVIDED, type FoundDevice, type Look, MEMORY_UNKNOWN, NOTHING, UNKNOWN_SAMPLE } from './vendor.ts';

const SOURCE = 'nvidia-smi';
const ASK_MS = 15_000;
/** Each question starts a program, which costs tens of milliseconds of processor time. */
const EVERY_MS = 15_000;
const STALE_MS = 3 * EVERY_MS;

/** Properties of `nvidia-smi --help-query-gpu`, in the order of the columns. */
const COLUMNS = [
  'uuid',
  'name',
  'pci.bus_id',
  'pci.device_id',
  'driver_version',
  'memory.total',
  'memory.used',
  'power.draw',
  'enforced.power.limit',
  'power.default_limit',
  'temperature.gpu',
  'temperature.memory',
  'utilization.gpu',
  'utilization.memory',
  'clocks.current.graphics',
  'clocks.current.memory',
  'fan.speed',
  'pcie.link.gen.current',
  'pcie.link.width.current',
  'pcie.link.gen.max',
  'pcie.link.width.max',
  'clocks_throttle_reasons.active',
  'mig.mode.current',
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** Runs `nvidia-smi`, null where it is not installed or fails. */
export type AskNvidiaSmi = () => Promise<string | null>;

export async function askNvidiaSmi(program = 'nvidia-smi'): Promise<string | null> {
  const args = [`--query-gpu=${COLUMNS.join(',')}`, '--format=csv,noheader,nounits'];
  try {
    return (await promisify(execFile)(program, args, { timeout: ASK_MS, windowsHide: true })).stdout;
  } catch {
    return null; // the library's own trouble is told in its place
  }
}

/** NVIDIA's GPUs by NVIDIA's program, for machines where its library cannot be loaded. Empty where the program says nothing either. */
export async function findByNvidiaSmi(ask: AskNvidiaSmi): Promise<readonly FoundDevice[]> {
  let rows = parseRows((await ask()) ?? '');
  let askedMs = Number.NEGATIVE_INFINITY;
  let toldMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;

  /** The figures of a while ago, while newer ones are fetched. */
  function look(uuid: string, nowMs: number): Look {
    if (!isAsking && Math.abs(nowMs - askedMs) >= EVERY_MS) {
      askedMs = nowMs;
      isAsking = true;
      void ask().then((csv) => {
        isAsking = false;
        if (csv === null) return;
        rows = parseRows(csv);
        toldMs = nowMs;
      });
    }
    const row = rows.find((each) => each.uuid === uuid);
    return row === undefined || Math.abs(nowMs - toldMs) > STALE_MS ? NOTHING : sampleOf(row, toldMs);
  }

  return rows.map((row) => ({
    facts: factsOf(row),
    depth: 'asked',
    loss: null,
    look: (nowMs) => look(row.uuid, nowMs),
    close: () => undefined,
  }));
}

function parseRows(csv: string): readonly Row[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === COLUMNS.length)
    .map((cells) => Object.fromEntries(COLUMNS.map((column, index) => [column, cells[index] ?? ''])) as Row); // its keys are the columns
}

function factsOf(row: Row): DeviceFacts {
  const busId = row['pci.bus_id'].toLowerCase().replace(/^0000(?=[0-9a-f]{4}:)/, '');
  const [, device, vendor] = /^0x([0-9a-f]{4})([0-9a-f]{4})$/i.exec(row['pci.device_id']) ?? [];
  const totalMib = number(row['memory.total']);
  const width = number(row['pcie.link.width.current']);
  return {
    kind: 'gpu',
    name: row.name,
    place: `PCI ${busId}`,
    vendor: 'NVIDIA',
    form: 'discrete',
    source: SOURCE,
    cores: null,
    memoryBytes: fact(totalMib === null ? null : totalMib * 2 ** 20),
    uuid: row.uuid,
    busId,
    pciId: device === undefined || vendor === undefined ? null : `${vendor}:${device}`.toLowerCase(),
    driver: { name: 'nvidia', version: row.driver_version },
    powerLimitW: fact(number(row['enforced.power.limit'])),
    powerLimitDefaultW: fact(number(row['power.default_limit'])),
    link:
      width === null
        ? null
        : {
            source: SOURCE,
            value: {
              width,
              generation: number(row['pcie.link.gen.current']),
              maxGeneration: number(row['pcie.link.gen.max']),
              maxWidth: number(row['pcie.link.width.max']),
            },
          },
    unshareable: row['mig.mode.current'] === 'Enabled' ? DIVIDED : totalMib === null ? MEMORY_UNKNOWN : null,
  };
}

function sampleOf(row: Row, atMs: number): Look {
  const usedMib = number(row['memory.used']);
  const reasons = /^0x[0-9a-f]+$/i.test(row['clocks_throttle_reasons.active']) ? Number(row['clocks_throttle_reasons.active']) : null;
  return {
    kind: 'sample',
    sample: {
      ...UNKNOWN_SAMPLE,
      atMs,
      source: SOURCE,
      busyShare: share(row['utilization.gpu']),
      memoryBusyShare: share(row['utilization.memory']),
      temperatureC: number(row['temperature.gpu']),
      memoryTemperatureC: number(row['temperature.memory']),
      powerW: number(row['power.draw']),
      powerLimitW: number(row['enforced.power.limit']),
      vramUsedBytes: usedMib === null ? null : usedMib * 2 ** 20,
      coreClockMhz: number(row['clocks.current.graphics']),
      memoryClockMhz: number(row['clocks.current.memory']),
      fanShare: share(row['fan.speed']),
      linkGeneration: number(row['pcie.link.gen.current']),
      linkWidth: number(row['pcie.link.width.current']),
      throttle: reasons === null ? null : throttleReasons(reasons),
    },
  };
}

/** "[N/A]", "[Not Supported]" and the like are unknown. */
function number(cell: string): number | null {
  return /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}

function share(cell: string): number | null {
  const percent = number(cell);
  return percent === null ? null : Math.min(1, percent / 100);
}

const fact = (value: number | null): HardwareDevice['memoryBytes'] => (value === null || value <= 0 ? null : { value, source: SOURCE });
