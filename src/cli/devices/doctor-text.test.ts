import { expect, it } from 'vitest';
import type { Finding } from '../../contract/model/doctor.ts';
import { doctorText } from './doctor-text.ts';

const finding = (over: Partial<Finding>): Finding => ({
  id: 'x',
  group: 'machine',
  title: 'Memory',
  level: 'good',
  detail: '64 GiB.',
  fix: null,
  ...over,
});

it('lists findings by group, each fix below its finding, and ends with the verdict', () => {
  const findings = [
    finding({}),
    finding({ group: 'devices', title: 'A very long name of a device', level: 'missing', detail: 'It is lost.', fix: 'Restart.' }),
  ];
  expect(doctorText({ atMs: 0, findings }, ['Ryzen'], null).split('\n')).toEqual([
    'This machine',
    expect.stringMatching(/^ {2}.*✓.* Memory {24}64 GiB\.$/u),
    '',
    'Devices',
    expect.stringMatching(/✗.* A very long name of a device {2}It is lost\.$/u),
    expect.stringMatching(/^ {34}→ Restart\.$/u),
    '',
    expect.stringContaining('This machine can share: Ryzen. One thing is missing'),
  ]);
});

it('says where nothing can be shared', () => {
  const findings = [finding({ level: 'missing' }), finding({ level: 'missing' })];
  expect(doctorText({ atMs: 0, findings }, [], null)).toContain('Nothing of this machine can be shared yet. 2 things are missing');
});

it('obeys no terminal sequence in a name', () => {
  expect(doctorText({ atMs: 0, findings: [finding({ title: 'a\u001b]0;x\u0007' })] }, [], null)).not.toContain('\u001b]0');
});

it('keeps the column of a terminal, and commands in one piece', () => {
  const fix = 'Install it, then run this command: `sudo apt-get install --yes nvidia-driver firmware-misc-nonfree`';
  const report = { atMs: 0, findings: [finding({ detail: 'One two three four five six seven eight.', fix })] };
  expect(doctorText(report, ['Ryzen'], 44).split('\n').slice(1, -2)).toEqual([
    expect.stringMatching(/ Memory {2}One two three four five six$/),
    '            seven eight.',
    '            → Install it, then run this',
    '              command:',
    '              `sudo apt-get install --yes nvidia-driver firmware-misc-nonfree`',
  ]);
});
