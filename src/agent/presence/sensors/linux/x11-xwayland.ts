import { extensionOpcode, type XConnection } from './x11-connection.ts';
import { inputDevices, xinputVersion } from './x11-wire.ts';

/**
 * Whether this server is XWayland, which sees only the input that the compositor gives to X programs: such a clock of inputs says
 * "away" while the owner types elsewhere. Since 23.1 it says so by an extension (xorgproto, xwaylandproto.txt); its input devices
 * always bear its name (Xwayland(1)).
 */
export async function isXwayland(x: XConnection): Promise<boolean> {
  const [xwayland, xinput] = await Promise.all([extensionOpcode(x, 'XWAYLAND'), extensionOpcode(x, 'XInputExtension')]);
  if (xwayland !== null) return true;
  if (xinput === null) return false;
  const [, devices] = await Promise.all([x.ask(xinputVersion(xinput)), x.ask(inputDevices(xinput))]);
  return devices?.includes('xwayland-') ?? false;
}
