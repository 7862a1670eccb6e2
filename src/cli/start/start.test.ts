import { expect, it } from 'vitest';
import { isEnrolled } from './start.ts';

const worker = { id: 'worker_1', name: 'm', version: '0', publicKey: 'k' };
const at = (networkUrl: string) => ({ worker, session: { kind: 'connecting', networkUrl } as const });

it('a worker of the embedded network enrols again where that has moved to another port, and is left alone in a network elsewhere', () => {
  expect(isEnrolled(at('http://127.0.0.1:7411'), 'http://127.0.0.1:7411')).toBe(true);
  expect(isEnrolled(at('http://127.0.0.1:7411'), 'http://127.0.0.1:8000')).toBe(false);
  expect(isEnrolled(at('https://network.example'), 'http://127.0.0.1:8000')).toBe(true);
  expect(isEnrolled({ worker: { ...worker, id: null }, session: { kind: 'not-enrolled', fix: 'f' } }, 'http://127.0.0.1:8000')).toBe(false);
});
