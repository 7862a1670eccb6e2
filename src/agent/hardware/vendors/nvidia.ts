import type { HardwareDevice } from '../../../contract/model/device.ts';
import { factsOfCard } from '../linux/card-facts.ts';
import { findPciGpus, isNvidias, isSuspended, type PciGpu } from '../linux/pci.ts';
import type { PciNames } from '../linux/pci-names.ts';
import { known, positive, watts } from '../nvml/answers.ts';
import { NVML } from '../nvml/nvml-calls.ts';
import type { NvmlConnection, NvmlGpu } from '../nvml/nvml-connection.ts';
import type { NvmlFigure, NvmlLibrary } from '../nvml/nvml-library.ts';
import { isLoss, type NvmlTrouble, SOURCE } from '../nvml/nvml-trouble.ts';
import { sampleOf, slowFigures } from './nvidia-sample.ts';
import { type AskNvidiaSmi, findByNvidiaSmi } from './nvidia-smi.ts';
import { type DeviceFacts, DIVIDED, type FoundDevice, type Loss, MEMORY_UNKNOWN, NOTHING, STALE, UNSEEN, type Vendor } from './vendor.ts';

const VENDOR = 'NVIDIA';

const FELL_OFF: Loss = {
  detail: "NVIDIA's driver can no longer reach it: it has fallen off the bus (Xid 79).",
  fix: 'Restart the machine. If it happens again, check its power cables, its riser and its cooling, and lower its power limit.',
};
const NEEDS_RESET: Loss = {
  detail: 'It has failed, and must be reset before it can be used again.',
  fix: 'Run `sudo nvidia-smi --gpu-reset` while nothing uses it, then look for devices again. Or restart the machine.',
};
const lossOf = (code: number): Loss => (code === NVML.resetRequired ? NEEDS_RESET : FELL_OFF);
const SILENT: Loss = {
  detail: "It is on the bus, but NVIDIA's driver does not answer for it.",
  fix: 'Restart the machine. If that does not help, look for "NVRM" with `sudo dmesg`.',
};
const WAKES = 'Look for devices again: that wakes it for a moment.';

export interface NvidiaOptions {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly connection: NvmlConnection;
  readonly names: PciNames;
  readonly askSmi: AskNvidiaSmi;
}

/** NVIDIA's GPUs that run with NVIDIA's driver, or with none: by NVML, and by the bus what NVML leaves out. */
export function nvidiaVendor({ root, platform, connection, names, askSmi }: NvidiaOptions): Vendor {
  async function reconnectIfStale(cards: readonly PciGpu[], mayWake: boolean): Promise<void> {
    const now = connection.state();
    const isNew = now.kind === 'none' || (now.kind === 'connected' && cards.some(({ busId }) => !now.onBus.has(busId)));
    const isShort = now.kind !== 'connected' || now.gpus.length < cards.length || platform !== 'linux';
    if (isNew || (mayWake && isShort)) await connection.reconnect();
  }

  return {
    async find(mayWake) {
      const cards = platform === 'linux' ? findPciGpus(root).filter(isNvidias) : [];
      if (!connection.applies()) return [];
      await reconnectIfStale(cards, mayWake);
      const now = connection.state();
      if (now.kind === 'unknown') {
        const told = now.lossCode !== null ? [] : await findByNvidiaSmi(askSmi);
        const untold = cards.filter(({ busId }) => told.every(({ facts }) => facts.busId !== busId));
        return [...told, ...untold.map((card) => ofBus(card, names, now))];
      }
      if (now.kind !== 'connected') return cards.map((card) => ofBus(card, names, 'asleep'));
      const places = new Set(cards.map(({ busId }) => busId));
      const missing = cards.filter(({ busId }) => now.gpus.every(({ pci }) => pci !== null && pci.busId !== busId));
      // NVML goes on listing a card that was pulled. Where the bus showed none, as in WSL, it cannot show that.
      const there = now.gpus.filter(({ pci }) => now.onBus.size === 0 || pci === null || places.has(pci.busId));
      return [
        ...there.map((gpu) => {
          const card = cards.find(({ busId }) => busId === gpu.pci?.busId);
          if (mayWake || card === undefined || !gpu.isAsleep()) return ofNvml(gpu, now.nvml, connection);
          const found = ofBus(card, names, 'asleep');
          return { ...found, facts: { ...found.facts, name: gpu.name, uuid: gpu.uuid } };
        }),
        ...missing.map((card) => ofBus(card, names, isSuspended(card.folder) ? 'asleep' : 'silent')),
      ];
    },
    mark() {
      const now = connection.state();
      return now.kind === 'unknown' ? now.detail : `${now.kind} ${now.kind === 'connected' ? now.gpus.length : ''}`;
    },
  };
}

function ofNvml(gpu: NvmlGpu, nvml: NvmlLibrary, connection: NvmlConnection): FoundDevice {
  const slow = slowFigures(gpu, nvml);
  return {
    facts: factsOf(gpu, nvml),
    depth: 'asked',
    loss: null,
    look(nowMs) {
      const lossCode = connection.lossOf(gpu);
      if (lossCode !== null) return { kind: 'lost', loss: lossOf(lossCode) };
      const now = connection.state();
      if (now.kind !== 'connected' || !now.gpus.includes(gpu) || gpu.isAsleep()) return NOTHING;
      const celsius = nvml.celsius(gpu.device);
      if (!celsius.ok && isLoss(celsius.code)) {
        connection.refused(gpu, celsius.code);
        return { kind: 'lost', loss: lossOf(celsius.code) };
      }
      return sampleOf(gpu, nvml, known(celsius), slow(nowMs), nowMs);
    },
    close: () => undefined,
  };
}

/** A GPU that the bus lists and NVML does not tell of: nothing is told of any, it sleeps, or the others are told of. */
function ofBus(card: PciGpu, names: PciNames, why: NvmlTrouble | 'asleep' | 'silent'): FoundDevice {
  const basic = { ...factsOfCard(card, names), form: 'discrete' } as const;
  const nothing = { look: () => NOTHING, close: () => undefined };
  if (why === 'asleep') {
    const look = () => (isSuspended(card.folder) ? NOTHING : STALE);
    return { facts: { ...basic, unshareable: { ...UNSEEN, fix: WAKES } }, depth: 'asleep', loss: null, look, close: () => undefined };
  }
  if (why === 'silent') return { facts: { ...basic, unshareable: SILENT }, depth: 'silent', loss: SILENT, ...nothing };
  const { detail, fix } = why;
  return {
    facts: { ...basic, unshareable: { detail, fix } },
    depth: 'silent',
    loss: why.lossCode === null ? null : lossOf(why.lossCode),
    ...nothing,
  };
}

function factsOf(gpu: NvmlGpu, nvml: NvmlLibrary): DeviceFacts {
  const { device, uuid, name, pci } = gpu;
  const figure = (which: NvmlFigure) => positive(known(nvml.figure(which, device)));
  const memory = known(nvml.memory(device));
  const version = nvml.driverVersion();
  const link = {
    generation: figure('nvmlDeviceGetCurrPcieLinkGeneration'),
    width: figure('nvmlDeviceGetCurrPcieLinkWidth'),
    maxGeneration: figure('nvmlDeviceGetGpuMaxPcieLinkGeneration') ?? figure('nvmlDeviceGetMaxPcieLinkGeneration'),
    maxWidth: figure('nvmlDeviceGetMaxPcieLinkWidth'),
  };
  const totalBytes = positive(memory?.totalBytes ?? null);
  return {
    kind: 'gpu',
    name,
    place: pci === null ? gpu.place : `PCI ${pci.busId}`,
    vendor: VENDOR,
    form: 'discrete',
    source: SOURCE,
    cores: null,
    memoryBytes: fact(totalBytes),
    uuid,
    busId: pci?.busId ?? null,
    pciId: pci?.pciId ?? null,
    driver: { name: 'nvidia', version: version.ok ? version.value : null },
    powerLimitW: fact(watts(figure('nvmlDeviceGetEnforcedPowerLimit'))),
    powerLimitDefaultW: fact(watts(figure('nvmlDeviceGetPowerManagementDefaultLimit'))),
    link: link.width === null ? null : { value: link, source: SOURCE },
    unshareable: known(nvml.isDivided(device)) === true ? DIVIDED : totalBytes === null ? MEMORY_UNKNOWN : null,
  };
}

const fact = (value: number | null): HardwareDevice['memoryBytes'] => (value === null ? null : { value, source: SOURCE });
