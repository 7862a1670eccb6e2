import type { HardwareDevice } from '../../contract/model/device.ts';
import type { Finding } from '../../contract/model/doctor.ts';
import type { DoctorInput } from './input.ts';
import { isNvidia, nvidiaFinding } from './nvidia-finding.ts';
import { installVulkan } from './remedies.ts';
import { gib, titleOf } from './words.ts';

/** What ids of findings of single devices begin with; then follow the device's kind and its id. */
export const DEVICE_ID = 'device:';

/** Each device, NVIDIA's driver where there is a card for it, and whether the GPUs can be measured. */
export function deviceFindings(input: DoctorInput): readonly Finding[] {
  const { devices } = input;
  const driver = nvidiaFinding(input);
  const mendsNvidia = driver.some(({ level }) => level === 'missing');
  const gpus = devices.filter((device) => device.kind === 'gpu');
  const order = { gpu: 0, cpu: 1, software: 2 };
  return [
    ...(gpus.length === 0 ? [noGpu(devices)] : []),
    ...[...devices]
      .sort((a, b) => order[a.kind] - order[b.kind])
      .map((device) => deviceFinding(device, devices, mendsNvidia && isNvidia(device))),
    ...driver,
    ...measuringFinding(input, gpus),
  ];
}

function noGpu(devices: readonly HardwareDevice[]): Finding {
  const software = devices.filter((device) => device.kind === 'software');
  return {
    id: 'no-gpu',
    group: 'devices',
    title: 'GPU',
    level: 'limited',
    detail:
      software.length === 0
        ? 'No GPU was found; only the processor can be shared.'
        : `No GPU was found, only what computes on the processor: ${software.map(({ name }) => name).join(', ')}.`,
    fix: 'If there is a card in this machine: check its power cables, that it sits firmly, and that its driver is installed.',
  };
}

/** @param isMendedByDriver what is wrong with its driver, and the fix, is a finding of its own */
function deviceFinding(device: HardwareDevice, all: readonly HardwareDevice[], isMendedByDriver: boolean): Finding {
  const finding = (level: Finding['level'], detail: string, fix: string | null): Finding => ({
    id: `${DEVICE_ID}${device.kind}:${device.id}`,
    group: 'devices',
    title: titleOf(device, all),
    level,
    detail,
    fix,
  });
  const { health, unshareable } = device;
  if (device.kind === 'software')
    return finding('unneeded', 'A software adapter: it computes on the processor and is never offered.', null);
  if (health.kind === 'lost') return finding('missing', health.detail, health.fix);
  if (unshareable !== null) {
    const isWanted = unshareable.fix !== null || device.form !== 'integrated';
    const detail = `${describe(device)} Cannot be shared. ${unshareable.detail}`;
    return finding(isWanted ? 'missing' : 'unneeded', detail, isMendedByDriver ? null : unshareable.fix);
  }
  if (health.kind === 'quarantined') {
    const until =
      health.untilMs === null ? 'until you release it' : `until ${new Date(health.untilMs).toLocaleString()}, or until you release it`;
    const release = `Release it: \`npx nightshift devices release ${device.id}\``;
    return finding('missing', `${health.cause.detail} Nothing runs on it ${until}.`, [health.cause.fix, release].filter(Boolean).join(' '));
  }
  const troubles = health.alarms.filter(({ code }) => code !== 'slow-link'); // how the machine is built, and part of what it is
  const fixes = troubles.flatMap(({ fix }) => (fix === null ? [] : [fix]));
  return finding(
    troubles.length === 0 ? 'good' : 'limited',
    [describe(device), ...troubles.map((each) => each.detail)].join(' '),
    fixes.length === 0 ? null : fixes.join(' '),
  );
}

/** What it is, in a few words: "GPU, 24 GiB of memory, power limit 300 W of 450 W." */
function describe(device: HardwareDevice): string {
  const memory = device.memoryBytes === null ? 'memory unknown' : `${gib(device.memoryBytes.value)} of memory`;
  if (device.kind === 'cpu') return `Processor (no GPU), ${device.cores === null ? '' : `${device.cores} logical processors, `}${memory}.`;
  const limit = device.powerLimitW === null ? '' : `, power limit ${Math.round(device.powerLimitW.value)} W${normally(device)}`;
  return `${device.form === 'integrated' ? 'Integrated GPU' : 'GPU'}, ${memory}${limit}${lanes(device)}.`;
}

function lanes({ link }: HardwareDevice): string {
  const { width, maxWidth } = link?.value ?? { width: null, maxWidth: null };
  return width === null || maxWidth === null || width >= maxWidth ? '' : `, ${width} of its ${maxWidth} PCI Express lanes`;
}

function normally({ powerLimitW, powerLimitDefaultW }: HardwareDevice): string {
  if (powerLimitW === null || powerLimitDefaultW === null || powerLimitW.value === powerLimitDefaultW.value) return '';
  return ` (${Math.round(powerLimitDefaultW.value)} W by default)`;
}

/** The benchmark computes by WebGPU, which needs a graphics driver of its own. */
function measuringFinding({ adapters, host }: DoctorInput, gpus: readonly HardwareDevice[]): readonly Finding[] {
  if (adapters === null || gpus.length === 0) return [];
  const hardware = adapters.filter((each) => !each.isSoftware);
  const base = { id: 'adapters', group: 'devices', title: 'Benchmark' } as const;
  if (hardware.length > 0)
    return [
      {
        ...base,
        level: 'good',
        detail: `WebGPU reaches ${hardware.map(({ name, backend }) => `${name} (${backend})`).join(', ')}.`,
        fix: null,
      },
    ];
  const software =
    adapters.length === 0 ? 'nothing' : `only ${adapters.map(({ name }) => name).join(', ')}, which computes on the processor`;
  return [
    {
      ...base,
      level: 'limited',
      detail: `WebGPU reaches ${software}: the GPUs cannot be measured.`,
      fix: installVulkan(host, gpus.some(isNvidia)),
    },
  ];
}
