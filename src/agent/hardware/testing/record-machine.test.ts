import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { recordMachine } from './record-machine.ts';
import { layOut, type RecordingName, readRecording, recordedMachine } from './recorded-machine.ts';

const canPlay = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

describe.skipIf(!canPlay)('a machine that is recorded (needs gcc)', () => {
  test.each<RecordingName>(['rtx-4090-and-3060', 'hybrid-laptop', 'one-lost', 'mig'])(
    'says the same when it is played: %s',
    async (name) => {
      using machine = await recordedMachine(name);
      const recorded = await recordMachine(machine.root, machine.nvmlLibrary, 1);
      using again = layOut(recorded);
      const twice = await recordMachine(again.root, again.nvmlLibrary, 1);
      const plain = (recording: typeof recorded) => JSON.stringify(recording, (key, value) => (/UUID$|^unique_id$/.test(key) ? '' : value));
      expect(plain(twice)).toBe(plain(recorded));
      const original = readRecording(name);
      expect(recorded.nvml?.gpus.map((gpu) => gpu?.nvmlDeviceGetMemoryInfo_v2)).toEqual(
        original.nvml?.gpus.map((gpu) => gpu?.nvmlDeviceGetMemoryInfo_v2),
      );
      expect(recorded.nvml?.gpus[0]?.nvmlDeviceGetUUID).toMatch(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(recorded.nvml?.gpus[0]?.nvmlDeviceGetUUID).not.toBe(original.nvml?.gpus[0]?.nvmlDeviceGetUUID);
    },
  );

  test('keeps what its kernel says of an AMD card, with another serial number', async () => {
    using machine = await recordedMachine('rx-7900-xtx');
    const { files, nvml } = await recordMachine(machine.root, machine.nvmlLibrary);
    const of = (name: string) => Object.entries(files).find(([path]) => path.endsWith(`/0000:03:00.0/${name}`))?.[1];
    expect(nvml).toBeNull();
    expect(of('mem_info_vram_total')).toBe('25753026560');
    expect(of('hwmon/hwmon3/temp2_input')).toBe('57000');
    expect(of('unique_id')).toMatch(/^[0-9a-f]{16}$/);
    expect(of('unique_id')).not.toBe('9fa2b31c5d0e4f77');
  });
});
