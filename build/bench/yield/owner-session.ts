/** What names a desktop session to a program. */
const SESSION = [
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'XDG_SESSION_TYPE',
  'XDG_SESSION_ID',
  'XDG_CURRENT_DESKTOP',
  'DBUS_SESSION_BUS_ADDRESS',
  'XAUTHORITY',
] as const;

/** Makes the display the whole session of what this process starts from now on, whoever is logged in at this machine. */
export function ownerSession(displayName: string): void {
  for (const name of SESSION) delete process.env[name];
  process.env.DISPLAY = displayName;
}
