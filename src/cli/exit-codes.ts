/** What the shell is told. 2 is also what commander gives for a wrong command line. */
export const exitCode = { ok: 0, jobFailed: 1, attackGotThrough: 1, problem: 2, interrupted: 130 } as const;
