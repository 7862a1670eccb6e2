import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aptInstall } from '../../src/cli/setup/apt.ts';

/** A Vulkan device that computes on the processor: what a child process needs in its environment to find it and no other. */
export interface SoftwareVulkan {
  readonly name: string;
  /** For VK_DRIVER_FILES. */
  readonly icd: string;
  /** For LD_LIBRARY_PATH: a Vulkan loader, and what the driver needs. */
  readonly libraryPath: string;
}
export type SoftwareVulkans =
  | { readonly kind: 'found'; readonly devices: readonly SoftwareVulkan[] }
  | { readonly kind: 'absent'; readonly reason: string };

const CHROMIUM = '/usr/lib/chromium';
const ARCHITECTURE = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
/** Below node_modules, so that `npm ci` takes it away. */
const mesaFolder = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'mesa');

/** What Mesa's driver links against, of Debian 12 itself: the driver alone comes from its backports. */
const MESA_NEEDS = [
  ...['libvulkan1', 'libllvm15', 'libelf1', 'libexpat1', 'libzstd1', 'libwayland-client0', 'libx11-xcb1', 'libxshmfence1'],
  ...['libxcb-dri3-0', 'libxcb-present0', 'libxcb-randr0', 'libxcb-shm0', 'libxcb-sync1', 'libxcb-xfixes0'],
];
const FROM_BACKPORTS = ['mesa-vulkan-drivers', 'libdrm2', 'libdrm-amdgpu1'];

/**
 * Two software devices that Dawn accepts: the SwiftShader inside Debian's Chromium, and Mesa's llvmpipe. Dawn refuses the Mesa of Debian 12 (22.3),
 * so there the one of its backports is unpacked into a folder of ours: the machine's own Mesa stays as it is. Needs root and Chromium.
 */
export async function needSoftwareVulkan(report: (message: string) => void, signal: AbortSignal): Promise<SoftwareVulkans> {
  const swiftShader = join(CHROMIUM, 'vk_swiftshader_icd.json');
  if (!existsSync(swiftShader)) return { kind: 'absent', reason: `no SwiftShader at ${swiftShader}: it comes with Debian's chromium` };
  const mesa = isDebian12() ? await unpackBackport(report, signal) : await systemMesa(report, signal);
  if ('reason' in mesa) return { kind: 'absent', reason: mesa.reason };
  return { kind: 'found', devices: [{ name: 'SwiftShader', icd: swiftShader, libraryPath: CHROMIUM }, mesa] };
}

type Mesa = SoftwareVulkan | { readonly reason: string };

const isDebian12 = (): boolean =>
  existsSync('/etc/os-release') && /^VERSION_CODENAME=bookworm$/m.test(readFileSync('/etc/os-release', 'utf8'));

async function systemMesa(report: (message: string) => void, signal: AbortSignal): Promise<Mesa> {
  const find = (): string | undefined => globSync('/usr/share/vulkan/icd.d/lvp_icd*.json')[0];
  if (find() === undefined) {
    const installed = await aptInstall(['mesa-vulkan-drivers', 'libvulkan1'], report, signal);
    if (installed.kind === 'failed') return { reason: installed.detail };
  }
  const icd = find();
  return icd === undefined
    ? { reason: "mesa-vulkan-drivers brought no lvp_icd*.json, the driver of Mesa's software device" }
    : { name: 'llvmpipe', icd, libraryPath: `/usr/lib/${ARCHITECTURE}` };
}

async function unpackBackport(report: (message: string) => void, signal: AbortSignal): Promise<Mesa> {
  const libraries = join(mesaFolder, 'root', 'usr', 'lib', ARCHITECTURE);
  const found = { name: 'llvmpipe', icd: join(mesaFolder, 'lvp.json'), libraryPath: libraries };
  if (existsSync(found.icd)) return found;
  const installed = await aptInstall(MESA_NEEDS, report, signal);
  if (installed.kind === 'failed') return { reason: installed.detail };

  rmSync(mesaFolder, { recursive: true, force: true });
  for (const folder of ['debs', 'lists/partial', 'root']) mkdirSync(join(mesaFolder, folder), { recursive: true });
  const sources = join(mesaFolder, 'sources.list');
  const source = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main';
  writeFileSync(sources, `${source}\n`);
  const own = [
    '-o',
    `Dir::Etc::SourceList=${sources}`,
    '-o',
    'Dir::Etc::SourceParts=/dev/null',
    '-o',
    `Dir::State::Lists=${join(mesaFolder, 'lists')}`,
  ];
  report(`Unpacking ${FROM_BACKPORTS.join(', ')} of bookworm-backports`);
  const debs = join(mesaFolder, 'debs');
  const run = (program: string, ...args: readonly string[]) => promisify(execFile)(program, args, { cwd: debs, signal });
  const twice = (program: string, ...args: readonly string[]) =>
    run(program, ...args).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return run(program, ...args); // mirrors fail for moments
    });
  try {
    await twice('apt-get', ...own, 'update');
    await twice('apt-get', ...own, 'download', ...FROM_BACKPORTS);
    for (const deb of globSync('*.deb', { cwd: debs })) await run('dpkg-deb', '-x', deb, join(mesaFolder, 'root'));
  } catch (error) {
    return { reason: `Mesa of bookworm-backports could not be unpacked: ${error instanceof Error ? error.message : String(error)}` };
  }
  const driver = { library_path: join(libraries, 'libvulkan_lvp.so'), api_version: '1.4.305' };
  writeFileSync(`${found.icd}.new`, JSON.stringify({ file_format_version: '1.0.0', ICD: driver }));
  renameSync(`${found.icd}.new`, found.icd); // its presence says that all the rest is there
  return found;
}
