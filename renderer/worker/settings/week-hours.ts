/** The hours of a week as seven masks of 24 bits, Monday first, as `schedule.hours` holds them. */
export type WeekHours = readonly number[];

export const DAYS = 7;
export const HOURS = 24;

/** One hour of the week; the day counts from Monday. */
export interface Cell {
  readonly day: number;
  readonly hour: number;
}

/** All cells between two opposite corners, both included. */
export interface Rectangle {
  readonly from: Cell;
  readonly to: Cell;
}

export const isOpen = (week: WeekHours, { day, hour }: Cell): boolean => (((week[day] ?? 0) >>> hour) & 1) === 1;

export const inRectangle = ({ from, to }: Rectangle, { day, hour }: Cell): boolean =>
  day >= Math.min(from.day, to.day) &&
  day <= Math.max(from.day, to.day) &&
  hour >= Math.min(from.hour, to.hour) &&
  hour <= Math.max(from.hour, to.hour);

export const countCells = ({ from, to }: Rectangle): number => (Math.abs(from.day - to.day) + 1) * (Math.abs(from.hour - to.hour) + 1);

/** The week with every hour of a rectangle opened or closed. */
export function paint(week: WeekHours, rectangle: Rectangle, open: boolean): number[] {
  return Array.from({ length: DAYS }, (_, day) => {
    let mask = week[day] ?? 0;
    for (let hour = 0; hour < HOURS; hour++)
      if (inRectangle(rectangle, { day, hour })) mask = open ? mask | (1 << hour) : mask & ~(1 << hour);
    return mask;
  });
}

/** How many hours of a rectangle are open. */
export function countOpen(week: WeekHours, rectangle: Rectangle): number {
  let open = 0;
  for (let day = 0; day < DAYS; day++)
    for (let hour = 0; hour < HOURS; hour++) if (inRectangle(rectangle, { day, hour }) && isOpen(week, { day, hour })) open += 1;
  return open;
}

/** Opens a rectangle, or closes it when all of it is open. */
export const toggle = (week: WeekHours, rectangle: Rectangle): { readonly week: number[]; readonly open: boolean } => {
  const open = countOpen(week, rectangle) < countCells(rectangle);
  return { week: paint(week, rectangle, open), open };
};

export const wholeDay = (day: number): Rectangle => ({ from: { day, hour: 0 }, to: { day, hour: HOURS - 1 } });
export const wholeHour = (hour: number): Rectangle => ({ from: { day: 0, hour }, to: { day: DAYS - 1, hour } });
export const WHOLE_WEEK: Rectangle = { from: { day: 0, hour: 0 }, to: { day: DAYS - 1, hour: HOURS - 1 } };

const mask = (open: (hour: number) => boolean): number =>
  Array.from({ length: HOURS }, (_, hour) => (open(hour) ? 1 << hour : 0)).reduce((sum, bit) => sum | bit, 0);
const ALL_DAY = mask(() => true);
const NIGHT = mask((hour) => hour >= 22 || hour < 7);
const SATURDAY = 5;

export const presets = {
  always: Array.from({ length: DAYS }, () => ALL_DAY),
  nights: Array.from({ length: DAYS }, () => NIGHT),
  'nights-weekends': Array.from({ length: DAYS }, (_, day) => (day >= SATURDAY ? ALL_DAY : NIGHT)),
} as const;
export type Preset = keyof typeof presets;

export const sameWeek = (a: WeekHours, b: WeekHours): boolean => a.length === b.length && a.every((day, index) => day === b[index]);
