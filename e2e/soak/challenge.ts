import { challengeTrials } from '../challenge/trials.ts';

// npm run soak -- challenge [runs] [seed]: honest provers and every kind of liar, 1,000 runs each by default. Exit code 1 when a liar passes,
// or an honest prover does not.
const runs = Number(process.argv[2] ?? 1_000);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seed ${seed}`);
const reports = await challengeTrials(runs, seed, (line) => console.log(line));
const wrong = reports.reduce((sum, report) => sum + report.wrong.length, 0);
console.log(
  wrong === 0 ? `${reports.length} kinds, ${runs} runs each: every liar found, every honest prover passed` : `${wrong} runs went wrong`,
);
process.exitCode = wrong === 0 ? 0 : 1;
