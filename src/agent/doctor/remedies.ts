import type { HostFacts } from './host.ts';

/** Systems for which the commands are known. */
type Family = 'ubuntu' | 'debian' | 'fedora' | 'arch' | 'windows' | 'macos' | 'other';

function familyOf({ platform, distributions }: HostFacts): Family {
  if (platform === 'win32') return 'windows';
  if (platform === 'darwin') return 'macos';
  // An Ubuntu-like system names Debian as well, after Ubuntu.
  return (['ubuntu', 'debian', 'fedora', 'arch'] as const).find((each) => distributions.includes(each)) ?? 'other';
}

const run = (command: string): string => `Run: \`${command}\``;
const asRoot = (host: HostFacts, command: string): string =>
  run(host.isRoot ? command : command.replaceAll(/(^|&& )/g, (start) => `${start}sudo `));

/** How to get NVIDIA's driver. https://wiki.debian.org/NvidiaGraphicsDrivers, https://rpmfusion.org/Howto/NVIDIA, https://wiki.archlinux.org/title/NVIDIA */
export function installNvidiaDriver(host: HostFacts): string {
  switch (familyOf(host)) {
    case 'ubuntu':
      return `${asRoot(host, 'ubuntu-drivers install')}, then restart the machine.`;
    case 'debian':
      return `Add contrib, non-free and non-free-firmware to the package sources. ${asRoot(host, 'apt-get update && apt-get install -y nvidia-driver')}, then restart the machine.`;
    case 'fedora':
      return `Add RPM Fusion (https://rpmfusion.org/Configuration). ${asRoot(host, 'dnf install -y akmod-nvidia xorg-x11-drv-nvidia-cuda')}, then restart the machine.`;
    case 'arch':
      return `${asRoot(host, 'pacman -S nvidia-open nvidia-utils')}, then restart the machine.`;
    default:
      return "Install NVIDIA's driver (https://www.nvidia.com/drivers), then restart the machine.";
  }
}

/** How to get the library of a driver that runs already. */
export function installNvidiaLibrary(host: HostFacts): string {
  switch (familyOf(host)) {
    case 'ubuntu': {
      const major = host.nvidia.moduleVersion?.split('.')[0] ?? '570';
      return asRoot(host, `apt-get install -y nvidia-utils-${major}`);
    }
    case 'debian':
      return asRoot(host, 'apt-get install -y libnvidia-ml1 nvidia-smi');
    case 'fedora':
      return asRoot(host, 'dnf install -y xorg-x11-drv-nvidia-cuda');
    case 'arch':
      return asRoot(host, 'pacman -S nvidia-utils');
    default:
      return "Install the libraries of NVIDIA's driver in the version of the driver that runs.";
  }
}

/** Part of NVIDIA's driver; its man page: makes the device files of the first GPU and of unified memory. */
export const CREATE_DEVICE_FILES = 'sudo nvidia-modprobe -u -c 0';

/** How to get NVIDIA's container toolkit, or a newer one. */
export function installToolkit(host: HostFacts): string {
  const configure = '&& nvidia-ctk runtime configure --runtime=docker && systemctl restart docker';
  const source =
    "Add NVIDIA's package source (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html).";
  switch (familyOf(host)) {
    case 'ubuntu':
    case 'debian':
      return `${source} ${asRoot(host, `apt-get update && apt-get install -y nvidia-container-toolkit ${configure}`)}`;
    case 'fedora':
      return `${source} ${asRoot(host, `dnf install -y nvidia-container-toolkit ${configure}`)}`;
    case 'arch':
      return asRoot(host, `pacman -S nvidia-container-toolkit ${configure}`);
    default:
      return `${source} Install nvidia-container-toolkit from it.`;
  }
}

/** How to get a container engine where there is none; null where the engine's own advice is as good. */
export function installEngine(host: HostFacts): string | null {
  const family = familyOf(host);
  if (family === 'windows' || family === 'macos' || family === 'other') return null;
  const install = ENGINE_PACKAGES[family];
  // The group is root in all but name, and is what a user needs.
  return host.isRoot ? asRoot(host, install) : `${asRoot(host, `${install} && usermod -aG docker "$USER"`)}, then log in again.`;
}
/** Debian and Ubuntu start what they install. */
const ENGINE_PACKAGES = {
  ubuntu: 'apt-get update && apt-get install -y docker.io',
  debian: 'apt-get update && apt-get install -y docker.io',
  fedora: 'dnf install -y moby-engine && systemctl enable --now docker',
  arch: 'pacman -S docker && systemctl enable --now docker',
};

/** How to get a driver through which WebGPU reaches a GPU. */
export function installVulkan(host: HostFacts, hasNvidia: boolean): string | null {
  switch (familyOf(host)) {
    case 'ubuntu':
      return hasNvidia ? installNvidiaDriver(host) : asRoot(host, 'apt-get install -y libvulkan1 mesa-vulkan-drivers');
    case 'debian':
      return asRoot(host, `apt-get install -y libvulkan1 ${hasNvidia ? 'nvidia-vulkan-icd' : 'mesa-vulkan-drivers'}`);
    case 'fedora':
      return asRoot(host, `dnf install -y vulkan-loader ${hasNvidia ? 'xorg-x11-drv-nvidia-libs' : 'mesa-vulkan-drivers'}`);
    case 'arch':
      return asRoot(host, `pacman -S vulkan-icd-loader ${hasNvidia ? 'nvidia-utils' : 'vulkan-radeon vulkan-intel'}`);
    case 'macos':
      return null;
    default:
      return "Install the graphics driver of the card's maker, with Vulkan.";
  }
}
