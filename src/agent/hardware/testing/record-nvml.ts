import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { NVML, NVML_CALLS, type NvmlCall, type NvmlFunction, type NvmlOutput, parametersOf, selectorsOf } from '../nvml/nvml-calls.ts';
import { type Layout, preset } from '../nvml/nvml-layouts.ts';
import type { NvmlAnswer, NvmlAnswers, NvmlFields, NvmlRecording, NvmlValue } from './nvml-recording.ts';

const ROOM_BYTES = 256;
/** Entries of a list: a machine with more programs on its GPUs is recorded with so many. */
const ENTRIES = 256;
type Function = (...args: readonly unknown[]) => number;

/** Asks NVIDIA's library all that Nightshift asks it, `rounds` times a second apart. Null: there is no such library, or it does not start. */
export async function recordNvml(libraryPath: string, rounds: number): Promise<NvmlRecording | null> {
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(libraryPath);
  } catch {
    return null; // a machine without it is recorded as one
  }
  const functions = new Map(Object.keys(NVML_CALLS).flatMap((name) => bind(library, name as NvmlFunction))); // its own keys
  const started = functions.get('nvmlInit_v2')?.();
  if (started !== NVML.success) return { system: { nvmlInit_v2: { refused: started ?? NVML.functionNotFound } }, gpus: [] };
  try {
    const count = ask('nvmlDeviceGetCount_v2', functions, null, []);
    const system = recordAll(functions, null, [['nvmlSystemGetDriverVersion', []]]);
    const gpus: Record<string, NvmlAnswer[]>[] = Array.from({ length: typeof count === 'number' ? count : 0 }, () => ({}));
    for (let round = 0; round < rounds; round += 1) {
      if (round > 0) await sleep(1_000);
      for (const [index, answers] of gpus.entries()) {
        for (const [question, answer] of Object.entries(recordGpu(functions, index)))
          answers[question] = [...(answers[question] ?? []), answer];
      }
    }
    return { system, gpus: gpus.map(withoutRepetition) };
  } finally {
    functions.get('nvmlShutdown')?.();
  }
}

function bind(library: ReturnType<typeof koffi.load>, name: NvmlFunction): readonly (readonly [NvmlFunction, Function])[] {
  try {
    return [[name, library.func(NVML_CALLS[name].prototype)]];
  } catch {
    return []; // this driver has no such function
  }
}

type Functions = ReadonlyMap<NvmlFunction, Function>;
type Question = readonly [NvmlFunction, readonly number[]];

function recordGpu(functions: Functions, index: number): Record<string, NvmlAnswer> {
  const handle = Buffer.alloc(8);
  const code = functions.get('nvmlDeviceGetHandleByIndex_v2')?.(index, handle) ?? NVML.functionNotFound;
  if (code !== NVML.success) return { nvmlDeviceGetHandleByIndex_v2: { refused: code } };
  return recordAll(functions, handle.readBigUInt64LE(0), deviceQuestions());
}

function deviceQuestions(): readonly Question[] {
  return Object.entries(NVML_CALLS).flatMap(([name, call]: [string, NvmlCall]) => {
    if (!parametersOf(call).some(({ type }) => type === 'uintptr_t')) return [];
    return (call.asks ?? [[]]).map((selectors): Question => [name as NvmlFunction, selectors]); // a key of the table
  });
}

function recordAll(functions: Functions, device: bigint | null, questions: readonly Question[]): Record<string, NvmlAnswer> {
  const answers: Record<string, NvmlAnswer> = {};
  for (const [name, selectors] of questions) {
    if (functions.has(name)) answers[[name, ...selectors].join(' ')] = ask(name, functions, device, selectors);
  }
  return answers;
}

function ask(name: NvmlFunction, functions: Functions, device: bigint | null, selectors: readonly number[]): NvmlAnswer {
  const call: NvmlCall = NVML_CALLS[name];
  const buffers = new Map<string, Buffer>();
  const given = new Map<string, unknown>(selectorsOf(call).map((selector, at) => [selector, selectors[at]]));
  for (const [to, output] of Object.entries(call.out)) provide(to, output, buffers, given);
  const args = parametersOf(call).map(({ type, name: parameter }) => {
    if (type === 'uintptr_t') return device;
    return given.get(parameter) ?? buffers.get(parameter) ?? 0;
  });
  const code = functions.get(name)?.(...args) ?? NVML.functionNotFound;
  const isEmpty = code === NVML.notFound && Object.values(call.out).some(({ kind }) => kind === 'list');
  if (code !== NVML.success && !isEmpty) return { refused: code };
  const values = Object.entries(call.out).map(([to, output]) => [to, isEmpty ? [] : decode(output, to, buffers)] as const);
  return values.length === 1 ? (values[0]?.[1] ?? 0) : (Object.fromEntries(values) as NvmlFields); // only numbers come several at a time
}

/** Makes room for an output, and says how much there is. */
function provide(to: string, output: NvmlOutput, buffers: Map<string, Buffer>, given: Map<string, unknown>): void {
  switch (output.kind) {
    case 'number':
      buffers.set(to, Buffer.alloc(8));
      return;
    case 'text':
      buffers.set(to, Buffer.alloc(ROOM_BYTES));
      given.set(output.room, ROOM_BYTES);
      return;
    case 'structure':
    case 'row': {
      const bytes = Buffer.alloc(output.layout.bytes);
      preset(output.layout, bytes);
      buffers.set(to, bytes);
      if (output.kind === 'row') given.set(output.times, 1);
      return;
    }
    case 'list': {
      const room = Buffer.alloc(8);
      room.writeUInt32LE(ENTRIES);
      buffers.set(to, Buffer.alloc(ENTRIES * output.layout.bytes));
      buffers.set(output.count, room);
    }
  }
}

function decode(output: NvmlOutput, to: string, buffers: ReadonlyMap<string, Buffer>): NvmlValue {
  const bytes = buffers.get(to) ?? Buffer.alloc(0);
  switch (output.kind) {
    case 'number':
      return output.bytes === 8 ? exact(bytes.readBigUInt64LE(0)) : bytes.readUInt32LE(0);
    case 'text':
      return bytes.toString('utf8', 0, bytes.indexOf(0));
    case 'structure':
      return fieldsOf(output.layout, bytes, 0);
    case 'row':
      return [fieldsOf(output.layout, bytes, 0)];
    case 'list': {
      const length = buffers.get(output.count)?.readUInt32LE(0) ?? 0;
      return Array.from({ length }, (_, index) => fieldsOf(output.layout, bytes, index * output.layout.bytes));
    }
  }
}

function fieldsOf({ fields }: Layout, bytes: Buffer, start: number): NvmlFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const at = start + field.at;
      if (field.type === 'text') return [name, bytes.toString('utf8', at, bytes.indexOf(0, at))];
      return [name, field.type === 'u64' ? exact(bytes.readBigUInt64LE(at)) : bytes.readUInt32LE(at)];
    }),
  );
}

const exact = (value: bigint): number | string => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `${value}`);

/** Answers that never changed are one. */
function withoutRepetition(answers: Readonly<Record<string, readonly NvmlAnswer[]>>): NvmlAnswers {
  return Object.fromEntries(
    Object.entries(answers).map(([question, calls]) => {
      const [first] = calls;
      const isSame = calls.every((each) => JSON.stringify(each) === JSON.stringify(first));
      return [question, isSame && first !== undefined ? first : { calls }];
    }),
  );
}
