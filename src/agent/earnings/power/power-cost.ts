import type { NetworkInfo } from '../../../contract/cloud-api.ts';
import type { BenchmarkResult, DeviceBenchmark } from '../../../contract/model/benchmark.ts';
import { type HardwareDevice, tellDevice } from '../../../contract/model/device.ts';
import type { DeviceCost } from '../../../contract/model/power.ts';
import type { Prices } from '../../../contract/model/prices.ts';
import type { SettingsView } from '../../../contract/model/settings.ts';
import { afterFeeMicro, costMicroPerHour, floorMicroPerHour, ownPriceMicroPerHour } from './cost.ts';
import { drawOf } from './draw.ts';
import { readTariff, type TariffReader } from './tariff.ts';
import { verdictOf } from './verdict.ts';

/** Each answers with the same object for as long as nothing in it has changed. */
export interface PowerCostDeps {
  readonly nowMs: () => number;
  readonly devices: () => readonly HardwareDevice[];
  readonly benchmarks: () => readonly DeviceBenchmark[];
  readonly settings: () => SettingsView;
  /** The network this worker belongs to. */
  readonly network: () => NetworkInfo | null;
  readonly prices: () => Prices | null;
  /** What the maker of a model states for it under load, watts; its memory tells variants of one name apart. */
  readonly statedPowerW: (deviceName: string, memoryBytes: number | null) => number | null;
}

export interface PowerCosts {
  /** The same array until something in it has changed: looking costs next to nothing. */
  costs(): readonly DeviceCost[];
  /** What a device is offered for, micro-credits an hour; null of one that cannot be offered. */
  askMicroPerHour(deviceId: string): number | null;
}

const MINUTE_MS = 60_000;
/** The highest take rate of the published tiers, until this worker has enrolled and knows its network's. */
const HIGHEST_TAKE_RATE_BASIS_POINTS = 2_000;

/** What work on each device that can be offered costs and leaves its owner; looked at again when something it depends on has changed, and each minute, for the tariff. */
export function openPowerCosts(deps: PowerCostDeps): PowerCosts {
  let seen: readonly unknown[] = [];
  let readFrom: SettingsView | null = null;
  let tariff: TariffReader | null = null;
  let latest: readonly DeviceCost[] = [];
  let asText = '[]';

  function tariffOf(view: SettingsView): TariffReader {
    if (tariff !== null && readFrom === view) return tariff;
    const { 'schedule.hours': hours, 'schedule.timeZone': timeZone, 'schedule.openDates': openDates } = view.values;
    tariff = readTariff(view.values['power.tariff'], { hours, timeZone, openDates });
    readFrom = view;
    return tariff;
  }

  function costs(): readonly DeviceCost[] {
    const nowMs = deps.nowMs();
    const inputs = {
      devices: deps.devices(),
      benchmarks: deps.benchmarks(),
      settings: deps.settings(),
      network: deps.network(),
      prices: deps.prices(),
    };
    const looked = [...Object.values(inputs), Math.floor(nowMs / MINUTE_MS)];
    if (looked.length === seen.length && looked.every((value, index) => value === seen[index])) return latest;
    seen = looked;
    const reader = tariffOf(inputs.settings);
    const rates = { nowMicroPerKwh: reader.nowMicroPerKwh(nowMs), highestMicroPerKwh: reader.highestMicroPerKwh(nowMs) };
    const next = inputs.devices.flatMap((device) => {
      const result = inputs.benchmarks.find(({ deviceId }) => deviceId === device.id)?.result ?? null;
      return costOf(device, result, deps.statedPowerW(device.name, device.memoryBytes?.value ?? null), rates, inputs) ?? [];
    });
    const text = JSON.stringify(next);
    if (text !== asText) {
      latest = next;
      asText = text;
    }
    return latest;
  }

  return { costs, askMicroPerHour: (deviceId) => costs().find((cost) => cost.deviceId === deviceId)?.askMicroPerHour ?? null };
}

/** Of one device; null of one that is never offered or not there. */
function costOf(
  device: HardwareDevice,
  result: BenchmarkResult | null,
  statedW: number | null,
  rates: { readonly nowMicroPerKwh: number; readonly highestMicroPerKwh: number },
  { settings, network, prices }: { readonly settings: SettingsView; readonly network: NetworkInfo | null; readonly prices: Prices | null },
): DeviceCost | null {
  const told = tellDevice(device);
  if (told === null || device.health.kind === 'lost' || device.unshareable !== null) return null;
  const { values, layerOf } = settings;
  const draw = drawOf(device, { result, statedW, supplyEfficiency: values['power.supplyEfficiency'] });
  const takeRateBasisPoints = network?.takeRateBasisPoints ?? HIGHEST_TAKE_RATE_BASIS_POINTS;
  const costNow = costMicroPerHour(draw.drawW, rates.nowMicroPerKwh);
  const costMicro = costMicroPerHour(draw.drawW, rates.highestMicroPerKwh);
  const floor = floorMicroPerHour(costMicro, values['pricing.marginShare'], takeRateBasisPoints);
  const ownMicro = ownPriceMicroPerHour(told.id, told.class, values);
  const askMicro = values['pricing.neverBelowCost'] ? Math.max(ownMicro, floor) : ownMicro;
  const tariffIsAssumed = layerOf['power.tariff'] === 'default';
  const paid = prices?.items.find(({ deviceClass }) => deviceClass === told.class)?.paid ?? null;
  const market = paid && prices ? { paidMicroPerHour: paid.medianMicroPerHour, leases: paid.leases, days: prices.days } : null;
  return {
    deviceId: told.id,
    drawW: draw.drawW,
    drawSource: draw.source,
    drawDetail: draw.detail,
    microPerKwh: rates.nowMicroPerKwh,
    tariffIsAssumed,
    costMicroPerHour: costNow,
    floorMicroPerHour: floor,
    askMicroPerHour: askMicro,
    netMicroPerHour: afterFeeMicro(askMicro, takeRateBasisPoints) - costNow,
    market,
    ...verdictOf({
      deviceClass: told.class,
      costMicro,
      costIsPeak: costNow < costMicro,
      microPerKwh: rates.highestMicroPerKwh,
      tariffIsAssumed,
      ownMicro,
      askMicro,
      takeRateBasisPoints,
      market,
      pricesAreKnown: prices !== null,
      currency: network?.currency ?? null,
    }),
  };
}
