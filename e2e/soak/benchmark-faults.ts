import { faultTrials } from '../road/benchmark-faults.ts';

// npm run soak -- benchmark-faults [trials] [seed]: the same trials as in CI, 200 by default, on the devices of NIGHTSHIFT_TEST_VULKAN (as
// `npm test -- engine` prints it), else Chromium's. Exit code 1 when a trial did not end as it must.
const trials = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const chromium = { name: 'SwiftShader', icd: '/usr/lib/chromium/vk_swiftshader_icd.json', libraryPath: '/usr/lib/chromium' };
const devices = JSON.parse(process.env.NIGHTSHIFT_TEST_VULKAN ?? JSON.stringify([chromium]));
const report = await faultTrials(trials, seed, devices, (line) => console.log(line));
console.log(JSON.stringify(report, null, 2));
const bad = report.surprises.length;
console.log(bad === 0 ? `${trials} faults: the agent lives, each is known by its name (seed ${seed})` : `${bad} surprises (seed ${seed})`);
process.exitCode = bad === 0 ? 0 : 1;
