import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Variant } from '@jellybrick/dbus-next';
import { vi } from 'vitest';
import { openCpuLoad } from '../sensors/linux/cpu-load.ts';
import { openLinuxSensors } from '../sensors/linux/linux.ts';
import { openLogindSession } from '../sensors/linux/logind-session.ts';
import { openNamedPrograms } from '../sensors/linux/named-programs.ts';
import { asNobody } from '../sensors/linux/testing/as-nobody.ts';
import { type MadeMachine, madeMachine } from '../sensors/linux/testing/made-machine.ts';
import { endProcess, startXServer, type XServer } from '../sensors/linux/testing/x11-server.ts';
import { openWindowProgram, type WindowProgram } from '../sensors/linux/testing/x11-window.ts';
import { type OpenedSensors, ownCpuMicros, type SensorsDeps } from '../sensors/sensors.ts';
import type { Reading, Sensor, SignalName } from '../signals.ts';
import { type Mock, startBus, startMock, type TestBus } from './buses.ts';
import { type Desk, openDesk } from './desk.ts';
import { type GnomeSession, startGnomeSession } from './gnome-session.ts';
import { type Logind, startLogind } from './logind.ts';

const UPOWER = 'org.freedesktop.UPower';
const UPOWER_PATH = '/org/freedesktop/UPower';
const NETWORK = 'org.freedesktop.NetworkManager';
const NETWORK_PATH = '/org/freedesktop/NetworkManager';
/** NMMetered of NetworkManager's D-Bus types: yes, guessed no. */
const METERED = { yes: 1, no: 4 } as const;
/** The agent of these situations is that of the first person at the machine, whoever runs the test. */
export const OWNER_UID = 1000;
/** Of hwmon's chips in the made-up machine. */
export const CPU_CHIP = 'sys/class/hwmon/hwmon0';
export const GPU_CHIP = 'sys/class/hwmon/hwmon1';

/**
 * A desktop computer: a real X server, real D-Bus daemons with doubled services, the kernel's own /proc for programs and processor time, and
 * a folder in place of what this machine has no hardware for.
 */
export interface XDesktop extends AsyncDisposable {
  readonly desk: Desk;
  readonly machine: MadeMachine;
  /** These are others after a restart. */
  x(): XServer;
  windows(): WindowProgram;
  logind(): Logind;
  readonly gnome: GnomeSession;
  readonly terminal: { type(text: string): void };
  restartX(): Promise<void>;
  startLogind(): Promise<void>;
  killSystemBus(): Promise<void>;
  startSystemBus(): Promise<void>;
  setPower(power: {
    readonly onBattery?: boolean;
    readonly kind?: 'none' | 'battery' | 'ups';
    readonly percent?: number;
    readonly lid?: boolean;
  }): Promise<void>;
  setMetered(metered: keyof typeof METERED): Promise<void>;
  setCelsius(chip: string, celsius: number | null): void;
  /** Whether the agent may read gamepads. */
  permitPads(permitted: boolean): void;
}

export async function openXDesktop(): Promise<XDesktop> {
  const machine = madeMachine();
  furnish(machine);
  const terminal = await openTerminal();
  machine.link('dev/pts/7', terminal.path);
  const session = await startBus();
  let system = await startBus();
  const { address } = system;
  let [x, gnome, services] = await Promise.all([startXServer(), startGnomeSession(session), startServices(system)]);
  let windows = await openWindowProgram(x.display);
  let padsPermitted = true;

  const env = {
    PATH: process.env.PATH,
    DISPLAY: x.display,
    DBUS_SYSTEM_BUS_ADDRESS: address,
    DBUS_SESSION_BUS_ADDRESS: session.address,
  };
  const desk = await openDesk(async (given) => {
    const opened = await openHere({ ...given, env, root: machine.root });
    const permitted = <T>(sensor: Sensor, read: () => T): T => (sensor.signal === 'gamepad' && !padsPermitted ? asNobody(read) : read());
    return {
      ...opened,
      sensors: opened.sensors.map((each) => ({ ...each, read: (): Reading<never> => permitted(each, each.read) as Reading<never> })),
    };
  });

  return {
    desk,
    machine,
    x: () => x,
    windows: () => windows,
    logind: () => services.logind,
    gnome,
    terminal,
    async restartX() {
      x = await startXServer({ display: x.display });
      windows = await openWindowProgram(x.display);
    },
    async startLogind() {
      services = { ...services, logind: await startLogind(system, OWNER_UID) };
    },
    async killSystemBus() {
      await system.stop();
      await stopServices(services);
    },
    async startSystemBus() {
      system = await startBus(address);
      services = await startServices(system);
    },
    async setPower({ onBattery = false, kind = 'none', percent = 100, lid = false }) {
      await services.upower.update(`${UPOWER_PATH}/devices/DisplayDevice`, `${UPOWER}.Device`, {
        Type: new Variant('u', { none: 0, battery: 2, ups: 3 }[kind]),
        IsPresent: new Variant('b', kind !== 'none'),
        Percentage: new Variant('d', percent),
      });
      await services.upower.update(UPOWER_PATH, UPOWER, { OnBattery: new Variant('b', onBattery), LidIsPresent: new Variant('b', lid) });
    },
    setMetered: (metered) => services.network.update(NETWORK_PATH, NETWORK, { Metered: new Variant('u', METERED[metered]) }),
    setCelsius(chip, celsius) {
      machine.write(`${chip}/temp1_input`, celsius === null ? '' : `${celsius * 1_000}\n`);
    },
    permitPads(permitted) {
      padsPermitted = permitted;
    },
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      windows.close();
      await Promise.all([x.stop(), gnome.stop(), stopServices(services), terminal.stop()]);
      await Promise.all([system.stop(), session.stop()]);
    },
  };
}

function furnish(machine: MadeMachine): void {
  machine.write('proc/bus/input/devices', '');
  machine.folder('dev/input');
  machine.writeAll(CPU_CHIP, { name: 'coretemp', temp1_label: 'Package id 0', temp1_input: 45_000, temp1_crit: 100_000 });
  machine.writeAll(GPU_CHIP, { name: 'amdgpu', temp1_label: 'edge', temp1_input: 50_000, temp1_crit: 105_000, power1_average: 30_000_000 });
  for (const node of ['card0', 'renderD128']) machine.link(`sys/class/drm/${node}/device/driver`, '../../../bus/pci/drivers/amdgpu');
}

/** What production opens, but for what a folder cannot stand in for: programs and processor time come from the kernel, and the agent is its owner's. */
async function openHere(deps: SensorsDeps): Promise<OpenedSensors> {
  const opened = await openLinuxSensors(deps);
  const replaced: readonly SignalName[] = ['session', 'programs'];
  for (const each of opened.sensors) if (replaced.includes(each.signal)) await each.close();
  const own = { ...deps, root: '/' };
  const agentPid = 0; // the programs that a test starts are the owner's, not the agent's
  const sensors = await Promise.all([
    asOwner(() => openLogindSession(deps)),
    openNamedPrograms(own, { names: deps.namedPrograms, jobCgroups: deps.jobCgroups, agentPid }),
    openCpuLoad(own, { jobCgroups: deps.jobCgroups, ownCpuMicros }),
  ]);
  return {
    ...opened,
    sensors: [...opened.sensors.filter(({ signal }) => !replaced.includes(signal)), ...sensors.filter((each) => each !== null)],
  };
}

function asOwner<T>(open: () => Promise<T>): Promise<T> {
  const uid = vi.spyOn(process, 'getuid').mockReturnValue(OWNER_UID);
  const opening = open();
  uid.mockRestore(); // it has been asked for already, and logging in to the bus needs the true one
  return opening;
}

interface Services {
  readonly logind: Logind;
  readonly upower: Mock;
  readonly network: Mock;
}

async function startServices(bus: TestBus): Promise<Services> {
  const [logind, upower, network] = await Promise.all([
    startLogind(bus, OWNER_UID),
    startMock(bus, { template: 'upower', name: UPOWER, parameters: { LidIsPresent: false } }),
    startMock(bus, { template: 'networkmanager', name: NETWORK }),
  ]);
  await network.mock(NETWORK_PATH, 'AddProperty', 'ssv', [NETWORK, 'Metered', new Variant('u', METERED.no)]);
  return { logind, upower, network };
}

async function stopServices({ logind, upower, network }: Services): Promise<void> {
  await Promise.all([logind.stop(), upower.stop(), network.stop()]);
}

/** A real terminal of somebody's, in which a program reads. Debian package: bsdutils. */
async function openTerminal() {
  const child = spawn('script', ['-qfec', "sh -c 'tty; exec cat >/dev/null'", '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    path: String(line).trim(),
    type: (text: string): void => void child.stdin.write(text),
    stop: () => endProcess(child),
  };
}
