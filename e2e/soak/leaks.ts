import { leakTrials } from '../road/leak-trials.ts';
import { buildSmallImage } from '../road/small-image.ts';

// npm run soak -- leaks [cycles] [seed]: the same cycles as in CI, 100 by default. Exit code 1 when anything was left or touched.
const cycles = Number(process.argv[2] ?? 100);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const report = await leakTrials(cycles, seed, await buildSmallImage(), (line) => console.log(line));
console.log(JSON.stringify(report, null, 2));
const bad = report.leaked.length + report.touched.length + report.notSucceeded.length;
console.log(bad === 0 ? `${cycles} cycles: nothing left, nothing of others touched` : `${bad} faults (seed ${seed})`);
process.exitCode = bad === 0 ? 0 : 1;
