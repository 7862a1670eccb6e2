import type { HardwareDevice } from '../../contract/model/device.ts';
import type { Finding } from '../../contract/model/doctor.ts';
import type { DoctorInput } from './input.ts';
import { CREATE_DEVICE_FILES, installNvidiaDriver, installNvidiaLibrary } from './remedies.ts';

export const isNvidia = (device: HardwareDevice): boolean => device.kind === 'gpu' && device.pciId?.startsWith('10de:') === true;

interface Cause {
  readonly detail: string;
  readonly fix: string;
}

/** Whether NVIDIA's driver answers, and if not, why: the first of the steps from the card to the library that fails. Nothing without a card of theirs. */
export function nvidiaFinding(input: DoctorInput): readonly Finding[] {
  const cards = input.devices.filter(isNvidia);
  if (cards.length === 0) return [];
  const base = { id: 'nvidia-driver', group: 'devices', title: "NVIDIA's driver" } as const;
  // Of a card that it no longer tells of, the inventory remembers the version of before.
  const answering = cards.find(
    ({ driver, health, unshareable }) =>
      driver?.name === 'nvidia' && driver.version !== null && health.kind !== 'lost' && unshareable === null,
  );
  if (answering) return [{ ...base, level: 'good', detail: `Version ${answering.driver?.version} answers.`, fix: null }];
  const cause = causeOf(cards, input);
  return cause === null ? [] : [{ ...base, level: 'missing', ...cause }];
}

function causeOf(cards: readonly HardwareDevice[], { host }: DoctorInput): Cause | null {
  const { moduleVersion, library, nodes } = host.nvidia;
  const drivers = new Set(cards.map((card) => card.driver?.name ?? null));
  if (drivers.has('nouveau'))
    return { detail: 'The card is driven by nouveau, with which containers cannot compute.', fix: installNvidiaDriver(host) };
  if (drivers.has('vfio-pci'))
    return {
      detail: 'The card is set aside for virtual machines (vfio-pci).',
      fix: "Take it out of the kernel's options for vfio-pci and restart the machine, if it is to be shared here.",
    };
  if (host.platform !== 'linux') return { detail: 'It does not answer.', fix: installNvidiaDriver(host) };
  if (moduleVersion === null && library === null) return { detail: 'It is not installed.', fix: installNvidiaDriver(host) };
  if (moduleVersion === null)
    return {
      detail: 'It is installed, but the running kernel has not loaded it.',
      fix: 'Run: `sudo modprobe nvidia`. If that fails, reinstall the driver for this kernel, and with Secure Boot enrol its key.',
    };
  if (library === null) return { detail: `Version ${moduleVersion} runs, but its library is missing.`, fix: installNvidiaLibrary(host) };
  if (library.version !== null && library.version !== moduleVersion)
    return {
      detail: `Version ${moduleVersion} runs, but its library is of version ${library.version}: it was updated.`,
      fix: 'Restart the machine.',
    };
  if (nodes === 'absent') return { detail: 'Its device files are missing.', fix: `Run: \`${CREATE_DEVICE_FILES}\`` };
  if (nodes === 'denied')
    return {
      detail: 'This user may not open its device files (/dev/nvidia*).',
      fix: 'Run: `sudo usermod -aG video,render "$USER"`, then log in again.',
    };
  return null; // all is in place: what the inventory found out about the card itself is said with the card
}
