import * as z from 'zod';

const HOUR_BITS = 2 ** 24 - 1;
/** Hours of a week: seven days from Monday, each a mask of 24 bits, bit 0 from 00:00 to 01:00 local time. */
export const weekHours = z.array(z.int().min(0).max(HOUR_BITS)).length(7);
export const ALL_WEEK: readonly number[] = Array.from({ length: 7 }, () => HOUR_BITS);
