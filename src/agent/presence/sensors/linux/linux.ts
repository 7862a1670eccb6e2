import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { delay } from '../../../../lib/delay.ts';
import type { Sensor, SensorContext } from '../../signals.ts';
import type { OpenedSensors, SensorsDeps } from '../sensors.ts';
import { ownCpuMicros } from '../sensors.ts';
import { openCpuLoad } from './cpu-load.ts';
import { openDrmClients } from './drm-clients.ts';
import { openEvdevGamepad } from './evdev-gamepad.ts';
import { openNamedPrograms } from './named-programs.ts';
import { openNvml } from './nvml.ts';
import { openPowerDraw } from './power-draw.ts';
import { openPowerSupply } from './power-supply.ts';
import { openThermal } from './thermal.ts';
import { openTtyInput } from './tty-input.ts';
import { openUnseenDesktop } from './unseen-desktop.ts';
import { openX11Fullscreen } from './x11-fullscreen.ts';
import { openX11Input } from './x11-input.ts';

const FIRST_FIGURES_MS = 1_500;
const LOOK_AGAIN_MS = 100;
const NEVER = new AbortController().signal;

/** Every sensor of Linux that applies here. Buses and drivers are loaded only where they exist: each costs memory. */
export async function openLinuxSensors(deps: SensorsDeps): Promise<OpenedSensors> {
  const { jobCgroups } = deps;
  const ours = { jobCgroups, agentPid: process.pid };
  const [x11, fullscreen, tty, gamepad, supply, thermal, draw, cpu, programs, drm, nvml, system, session] = await Promise.all([
    openX11Input(deps),
    openX11Fullscreen(deps),
    openTtyInput(deps, deps.wallMs),
    openEvdevGamepad(deps, deps.wallMs),
    openPowerSupply(deps),
    openThermal(deps),
    openPowerDraw(deps),
    openCpuLoad(deps, { jobCgroups, ownCpuMicros }),
    openNamedPrograms(deps, { names: deps.namedPrograms, ...ours }),
    openDrmClients(deps, ours),
    deps.nvml && openNvml(deps, { ...ours, connection: deps.nvml }),
    hasSystemBus(deps) ? openSystemBus(deps) : null,
    hasSessionBus(deps) ? import('./mutter-idle.ts').then(({ openMutterIdle }) => openMutterIdle(deps)) : null,
  ]);
  const wayland = x11 === null && session === null ? await (await import('./wayland-idle.ts')).openWaylandIdle(deps) : null;
  const desktop = session ?? x11 ?? wayland;
  // The session manager's own opinion is coarse, so that it stands in only where nothing looks at the desktop itself.
  const hint = desktop === null && hasSystemBus(deps) ? await (await import('./logind-idle.ts')).openLogindIdle(deps) : null;
  const inhibitors = hasSystemBus(deps) || hasSessionBus(deps) ? await (await import('./inhibitors.ts')).openInhibitors(deps) : null;
  const sensors: readonly (Sensor | null)[] = [
    ...[desktop ?? hint ?? (await openUnseenDesktop(deps)), tty, gamepad, fullscreen, inhibitors, system?.logind ?? null],
    ...[drm, nvml?.gpu ?? null, system?.upower ?? supply, thermal, nvml?.temperature ?? null, draw, nvml?.draw ?? null],
    ...[cpu, programs, system?.networkManager ?? null, system?.sleep ?? null],
  ];
  if (system?.upower && supply) await supply.close();
  if (session && x11) await x11.close();
  await untilMeasured([cpu, draw, nvml?.draw ?? null]);
  return { sensors: sensors.filter((sensor) => sensor !== null), settled: () => system?.sleep?.settled() };
}

/** A figure per second needs a second: only then does "unknown" of these mean that something is wrong. */
async function untilMeasured(meters: readonly (Sensor | null)[]): Promise<void> {
  for (let waitedMs = 0; waitedMs < FIRST_FIGURES_MS; waitedMs += LOOK_AGAIN_MS) {
    if (meters.every((meter) => meter?.read().kind !== 'unknown')) return;
    await delay(LOOK_AGAIN_MS, NEVER);
  }
}

async function openSystemBus(context: SensorContext) {
  const [{ openLogindSession }, { openLogindSleep }, { openUPower }, { openNetworkManager }] = await Promise.all([
    import('./logind-session.ts'),
    import('./logind-sleep.ts'),
    import('./upower.ts'),
    import('./network-manager.ts'),
  ]);
  const [logind, sleep, upower, networkManager] = await Promise.all([
    openLogindSession(context),
    openLogindSleep(context),
    openUPower(context),
    openNetworkManager(context),
  ]);
  return { logind, sleep, upower, networkManager };
}

const hasSystemBus = ({ env, root }: SensorContext): boolean =>
  Boolean(env.DBUS_SYSTEM_BUS_ADDRESS) || existsSync(join(root, 'run/dbus/system_bus_socket'));

const hasSessionBus = ({ env }: SensorContext): boolean =>
  Boolean(env.DBUS_SESSION_BUS_ADDRESS) || (env.XDG_RUNTIME_DIR !== undefined && existsSync(join(env.XDG_RUNTIME_DIR, 'bus')));
