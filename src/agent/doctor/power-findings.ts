import type { Finding } from '../../contract/model/doctor.ts';
import { MICRO_PER_CREDIT } from '../../contract/model/money.ts';
import type { DoctorInput } from './input.ts';
import { titleOf } from './words.ts';

/** What electricity costs, and how well the draw is known: both decide whether work pays. */
export function powerFindings({ settings, devices, samples }: DoctorInput): readonly Finding[] {
  const own = devices.filter((device) => device.kind !== 'software' && device.health.kind !== 'lost');
  const telling = own.filter((device) => samples[device.id]?.powerW != null);
  const silent = own.filter((device) => !telling.includes(device));
  const names = (some: typeof own): string => some.map((device) => titleOf(device, devices)).join(', ');
  return [
    ...(settings === null ? [] : [tariffFinding(settings)]),
    ...(telling.length === 0 ? [] : [finding('draw-measured', 'Power draw', 'good', `Measured by the hardware: ${names(telling)}.`, null)]),
    ...(silent.length === 0
      ? []
      : [finding('draw-estimated', 'Power draw', 'limited', `Estimated, for the hardware does not tell it now: ${names(silent)}.`, null)]),
  ];
}

function tariffFinding({ values, tariffIsAssumed }: NonNullable<DoctorInput['settings']>): Finding {
  const tariff = values['power.tariff'];
  const perKwh = (micro: number): string => `${(micro / MICRO_PER_CREDIT).toFixed(2)} a kilowatt-hour`;
  if (tariffIsAssumed && tariff.kind === 'flat')
    return finding(
      'tariff',
      'Price of electricity',
      'limited',
      `Not said, so ${perKwh(tariff.microPerKwh)} is assumed.`,
      `Say it in the app: Settings, Prices and electricity. Or in a terminal, in millionths of a credit: \`npx nightshift settings set power.tariff '{"kind":"flat","microPerKwh":${tariff.microPerKwh}}'\``,
    );
  const detail = tariff.kind === 'flat' ? `${perKwh(tariff.microPerKwh)}.` : `By the hour, ${tariff.periods.length + 1} prices.`;
  return finding('tariff', 'Price of electricity', 'good', detail, null);
}

const finding = (id: string, title: string, level: Finding['level'], detail: string, fix: string | null): Finding => ({
  id,
  group: 'power',
  title,
  level,
  detail,
  fix,
});
