import { referenceMultiplier } from '../../src/agent/benchmark/challenge/reference.ts';
import { liars } from './liars.ts';
import { answer, type Outcome, SAMPLED, SMALL, startTrial } from './trial.ts';

export interface KindReport {
  readonly name: string;
  readonly runs: number;
  /** How often each outcome was seen. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Runs that did not end as they must, each by the seed that repeats it. */
  readonly wrong: readonly number[];
}

/**
 * Runs honest provers and each kind of liar this often, at a small size and on a played clock. An honest one must pass; a liar must be found by
 * a fault that fits what it does.
 */
export async function challengeTrials(runs: number, seed: number, say: (line: string) => void): Promise<readonly KindReport[]> {
  const honest = {
    name: 'honest',
    foundBy: ['passed'] as readonly Outcome[],
    async play(trial: ReturnType<typeof startTrial>): Promise<Outcome> {
      const [challenge] = trial.issue(1, trial.random() < 0.5 ? SMALL : SAMPLED);
      return challenge === undefined ? 'unknown-nonce' : answer(trial, challenge, referenceMultiplier(challenge));
    },
  };
  const reports: KindReport[] = [];
  for (const [index, kind] of [honest, ...liars].entries()) {
    const outcomes: Record<string, number> = {};
    const wrong: number[] = [];
    for (let run = 0; run < runs; run++) {
      const trialSeed = (seed + index * 1_000_003 + run) % 2 ** 32;
      const outcome = await kind.play(startTrial(trialSeed));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (!kind.foundBy.includes(outcome)) wrong.push(trialSeed);
    }
    reports.push({ name: kind.name, runs, outcomes, wrong });
    say(
      `${kind.name}: ${Object.entries(outcomes)
        .map(([outcome, count]) => `${outcome} ${count}`)
        .join(', ')}${wrong.length > 0 ? `; WRONG in seeds ${wrong.slice(0, 5).join(', ')}` : ''}`,
    );
  }
  return reports;
}
