import { expect, test } from 'vitest';
import { distinctOutputs } from './collect.ts';

test('each output is brought back once, though asked for twice or within another', () => {
  expect(distinctOutputs(['model.json', './model.json', 'logs/', 'logs/a.txt', 'logs2'])).toEqual(['model.json', 'logs', 'logs2']);
  expect(distinctOutputs(['.', 'a/b'])).toEqual(['']);
});

test('an output outside the outputs folder is refused', () => {
  for (const path of ['../secret', 'a/../../b', '/etc/passwd']) expect(() => distinctOutputs([path])).toThrow(/outside the outputs folder/);
});
