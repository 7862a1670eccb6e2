/** What a child that measures gets of the agent's environment: what programs and graphics drivers need to start, and no more. */
const KEPT = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'XDG_DATA_DIRS',
  // Where the Vulkan loader and drivers are, on systems that keep them in places of their own (NixOS, Flatpak).
  'LD_LIBRARY_PATH',
  'VK_DRIVER_FILES',
  'VK_ICD_FILENAMES',
  'VK_ADD_DRIVER_FILES',
  'LIBGL_DRIVERS_PATH',
  // Windows starts nothing without these.
  'SYSTEMROOT',
  'WINDIR',
  'SYSTEMDRIVE',
  'TEMP',
  'TMP',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'USERPROFILE',
] as const;

/** `adapter`: what this adapter needs besides, such as the driver's manifest of a software device. */
export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  adapter: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && (KEPT as readonly string[]).includes(entry[0].toUpperCase()),
  );
  return { ...Object.fromEntries(kept), ...adapter, ELECTRON_RUN_AS_NODE: '1' };
}
