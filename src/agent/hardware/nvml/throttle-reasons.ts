import type { ThrottleReason } from '../../../contract/model/telemetry.ts';

// nvmlClocksEventReasons of nvml.h
const IDLE = 0x1;
const SET_BY_USER = 0x2;
const SW_POWER_CAP = 0x4;
const HW_SLOWDOWN = 0x8;
const SYNC_BOOST = 0x10;
const SW_THERMAL = 0x20;
const HW_THERMAL = 0x40;
const HW_POWER_BRAKE = 0x80;
const EXPLAINED = IDLE | SET_BY_USER | SW_POWER_CAP | HW_SLOWDOWN | SYNC_BOOST | SW_THERMAL | HW_THERMAL | HW_POWER_BRAKE;

/** What the bits mean. Being idle and clocks that the owner has set are no throttling; "hardware slowdown" stands beside its own cause. */
export function throttleReasons(bits: number): ThrottleReason[] {
  const reasons: ThrottleReason[] = [];
  if (bits & SW_POWER_CAP) reasons.push('power');
  if (bits & (SW_THERMAL | HW_THERMAL)) reasons.push('thermal');
  if (bits & HW_POWER_BRAKE || (bits & HW_SLOWDOWN && !(bits & HW_THERMAL))) reasons.push('hardware');
  if (bits & SYNC_BOOST) reasons.push('sync');
  if (bits & ~EXPLAINED) reasons.push('other');
  return reasons;
}
