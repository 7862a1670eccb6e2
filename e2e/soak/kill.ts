import { killTrials } from '../road/kill-trials.ts';
import { buildSmallImage } from '../road/small-image.ts';

// npm run soak -- kill [trials] [seed]: the same trials as in CI, 200 by default. Exit code 1 when anything was lost or left.
const trials = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const report = await killTrials(trials, seed, await buildSmallImage(), (line) => console.log(line));
console.log(JSON.stringify(report, null, 2));
const bad = report.violations.length + report.leftovers.length + report.notSucceeded.length;
console.log(bad === 0 ? `${trials} kills: nothing lost, nothing paid twice, nothing left` : `${bad} violations (seed ${seed})`);
process.exitCode = bad === 0 ? 0 : 1;
