/** The agent's own rule (`src/agent/presence/owner.ts`), to show before a pause is chosen when it would end. */
const MORNING_HOUR = 6;
const MIN_UNTIL_TOMORROW_MS = 4 * 3_600_000;

export function nextMorningMs(nowMs: number): number {
  const morning = new Date(nowMs);
  morning.setHours(MORNING_HOUR, 0, 0, 0);
  while (morning.getTime() < nowMs + MIN_UNTIL_TOMORROW_MS) morning.setDate(morning.getDate() + 1);
  return morning.getTime();
}
