import * as z from 'zod';

/** `good`: works. `limited`: works with less. `missing`: work of this kind cannot be done until it is fixed. `unneeded`: not here, and nothing needs it. */
export const findingLevel = z.enum(['good', 'limited', 'missing', 'unneeded']);
export type FindingLevel = z.infer<typeof findingLevel>;

/** One thing that was looked at. `title` names it, `detail` says in a sentence what was found, `fix` what to do (a command where there is one). */
export const finding = z.object({
  id: z.string(),
  group: z.enum(['machine', 'devices', 'engine', 'presence', 'power']),
  title: z.string(),
  level: findingLevel,
  detail: z.string(),
  fix: z.string().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const doctorReport = z.object({ atMs: z.int(), findings: z.array(finding) });
export type DoctorReport = z.infer<typeof doctorReport>;
