import type { Finding } from '../../contract/model/doctor.ts';
import { gpuGaps } from '../sandbox/gpu/gpu-support.ts';
import type { DoctorInput } from './input.ts';
import { CREATE_DEVICE_FILES, installEngine, installToolkit } from './remedies.ts';

export const ENGINE_ID = 'engine';
export const GPUS_FOR_JOBS_ID = 'gpu-containers';

/** What jobs run in, and whether they can have the GPUs. */
export function engineFindings(input: DoctorInput): readonly Finding[] {
  return [engineFinding(input), ...limitsFinding(input), ...gpuFinding(input)];
}

function engineFinding({ engine, host }: DoctorInput): Finding {
  const finding = (level: Finding['level'], detail: string, fix: string | null): Finding => ({
    id: ENGINE_ID,
    group: 'engine',
    title: 'Container engine',
    level,
    detail,
    fix,
  });
  switch (engine.kind) {
    case 'ready':
      return finding('good', `${engine.name} ${engine.version} answers.`, null);
    case 'starting':
      return finding('missing', 'It has not answered yet.', 'Look again in a minute.');
    case 'missing':
      return finding('missing', engine.detail, (host.hasEngineProgram ? null : installEngine(host)) ?? engine.fix);
  }
}

/** What the engine does not enforce, but for GPUs. */
function limitsFinding({ engine, gpus }: DoctorInput): readonly Finding[] {
  if (engine.kind !== 'ready') return [];
  const gaps = gpuGaps(gpus);
  const missing = engine.missing.filter((each) => !gaps.includes(each));
  if (missing.length === 0) return [];
  return [{ id: 'engine-limits', group: 'engine', title: 'Limits for jobs', level: 'limited', detail: missing.join(' '), fix: null }];
}

function gpuFinding({ gpus, host, devices }: DoctorInput): readonly Finding[] {
  const finding = (level: Finding['level'], detail: string, fix: string | null): readonly Finding[] => [
    { id: GPUS_FOR_JOBS_ID, group: 'engine', title: 'GPUs for jobs', level, detail, fix },
  ];
  switch (gpus.kind) {
    case 'none':
      if (!devices.some(({ kind, unshareable }) => kind === 'gpu' && unshareable === null)) return [];
      return host.platform === 'linux'
        ? finding('missing', "The device files of NVIDIA's driver (/dev/nvidiactl) are missing.", `Run: \`${CREATE_DEVICE_FILES}\``)
        : finding('missing', `Nightshift cannot give GPUs to containers on ${host.osName} yet.`, null);
    case 'refused':
      return finding('missing', `Jobs cannot have them: ${gpus.reason}.`, installToolkit(host));
    case 'offered':
      return gpus.leasedBy === 'device'
        ? finding('good', 'Each job can have a GPU to itself.', null)
        : finding('limited', 'All GPUs of this machine go to one job, for WSL2 cannot hide them from each other.', null);
  }
}
