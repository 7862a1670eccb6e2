import { NVML, NVML_CALLS, type NvmlCall, type NvmlFunction, type NvmlOutput, parametersOf, selectorsOf } from '../nvml/nvml-calls.ts';
import type { Layout } from '../nvml/nvml-layouts.ts';

/** What NVML answers: a number, a text or the fields of a structure, as nvml-calls.ts lays them out. A name lists several outputs. */
export type NvmlValue = number | string | NvmlFields | readonly NvmlFields[];
export interface NvmlFields {
  readonly [field: string]: number | string;
}
/** Or the code of a refusal (nvmlReturn_t). */
export type NvmlAnswer = NvmlValue | { readonly refused: number };
/**
 * By function, followed by what selects among its answers: "nvmlDeviceGetClockInfo 2". "*": whatever is asked.
 * `calls`: answers one after another, of which the last one stays.
 */
export type NvmlAnswers = Readonly<Record<string, NvmlAnswer | { readonly calls: readonly NvmlAnswer[] }>>;

/** What NVIDIA's library said on one machine. What is not in it is "not supported". */
export interface NvmlRecording {
  readonly system: NvmlAnswers;
  /** In the order of NVML's indices; null: pulled while the library was in use. */
  readonly gpus: readonly (NvmlAnswers | null)[];
}

/** Handles that the player gives out: NVML's are pointers, never small numbers. */
const handleOf = (index: number): number => (index + 1) * 0x1000;

/** The recording as nvml-player.c reads it. Throws TypeError for a function or a field that nvml-calls.ts does not know. */
export function playable({ system, gpus }: NvmlRecording): string {
  const there = gpus.filter((answers) => answers !== null);
  const counted: NvmlAnswers = { nvmlDeviceGetCount_v2: there.length, ...system };
  const lines = gpus.flatMap((answers, index) =>
    answers === null
      ? linesOf({ '*': { refused: NVML.gpuIsLost } }, handleOf(index))
      : ofGpu(answers, there.indexOf(answers), handleOf(index)),
  );
  return [...linesOf(counted, -1), ...lines].map((line) => `${line}\n`).join('');
}

function ofGpu(answers: NvmlAnswers, index: number, handle: number): readonly string[] {
  const { nvmlDeviceGetHandleByIndex_v2: listing = handle, ...others } = answers;
  return [...linesOf({ [`nvmlDeviceGetHandleByIndex_v2 ${index}`]: listing }, -1), ...linesOf(others, handle)];
}

function linesOf(answers: NvmlAnswers, device: number): readonly string[] {
  return Object.entries(answers).flatMap(([question, answer]) => {
    const [name = '', ...selectors] = question.split(' ');
    const start = `${name} ${device} ${selectors.length === 0 ? '-' : selectors.join(',')}`;
    const turns = isSequence(answer) ? answer.calls : [answer];
    if (name === '*') return turns.map((turn) => `${start} ${codeOf(turn)}`);
    const call = callOf(name);
    if (call === null || selectorsOf(call).length !== selectors.length) throw new TypeError(`no such question of NVML: ${question}`);
    return turns.map((turn) => [start, codeOf(turn), ...(isRefusal(turn) ? [] : outputsOf(call, turn))].join(' '));
  });
}

function callOf(name: string): NvmlCall | null {
  return name in NVML_CALLS ? NVML_CALLS[name as NvmlFunction] : null; // just looked up
}

/** Outputs in hexadecimal. Where there are several, the value names them. */
function outputsOf(call: NvmlCall, value: NvmlValue): readonly string[] {
  const outputs = Object.entries(call.out);
  if (outputs.length <= 1) return outputs.map(([, output]) => encode(output, value));
  return outputs.map(([name, output]) => encode(output, typeof value === 'object' && !isList(value) ? (value[name] ?? 0) : value));
}

function encode(output: NvmlOutput, value: NvmlValue): string {
  switch (output.kind) {
    case 'number': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(wholeOf(value));
      return bytes.subarray(0, output.bytes).toString('hex');
    }
    case 'text':
      return Buffer.from(`${value}\0`).toString('hex');
    case 'structure':
      return structure(output.layout, isList(value) ? undefined : value);
    case 'row':
    case 'list':
      return isList(value) ? value.map((fields) => structure(output.layout, fields)).join('') : '';
  }
}

function structure(layout: Layout, fields: NvmlValue | undefined): string {
  if (typeof fields !== 'object' || isList(fields)) throw new TypeError('a structure has fields');
  const bytes = Buffer.alloc(layout.bytes);
  for (const [name, value] of Object.entries(fields)) {
    const field = layout.fields[name];
    if (field === undefined) throw new TypeError(`no field ${name}`);
    if (field.type === 'text') bytes.write(String(value), field.at, field.length - 1);
    else if (field.type === 'u64') bytes.writeBigUInt64LE(wholeOf(value), field.at);
    else bytes.writeUInt32LE(Number(wholeOf(value)), field.at);
  }
  return bytes.toString('hex');
}

/** Numbers that JSON cannot hold are texts. */
function wholeOf(value: NvmlValue): bigint {
  if (typeof value !== 'number' && typeof value !== 'string') throw new TypeError('a number is missing');
  return BigInt(value);
}

const isList = (value: NvmlValue): value is readonly NvmlFields[] => Array.isArray(value);
const isSequence = (answer: NvmlAnswer | { readonly calls: readonly NvmlAnswer[] }): answer is { readonly calls: readonly NvmlAnswer[] } =>
  typeof answer === 'object' && 'calls' in answer;
const isRefusal = (answer: NvmlAnswer): answer is { readonly refused: number } => typeof answer === 'object' && 'refused' in answer;
const codeOf = (answer: NvmlAnswer): number => (isRefusal(answer) ? answer.refused : 0);

/** The functions of nvml-player.c, one for each call that we know. `without`: what an older driver does not have. */
export function playerFunctions(without: readonly NvmlFunction[] = []): string {
  const names = Object.keys(NVML_CALLS).filter((name) => !without.some((left) => left === name));
  return names.map((name) => functionOf(name)).join('\n');
}

function functionOf(name: string): string {
  const call = callOf(name);
  if (call === null) return '';
  if (name === 'nvmlInit_v2') return `${call.prototype} { return start(); }`;
  if (name === 'nvmlShutdown') return `${call.prototype} { return end(); }`;
  const device = parametersOf(call).some((parameter) => parameter.name === 'device' && parameter.type === 'uintptr_t') ? 'device' : '-1';
  const selectors = selectorsOf(call);
  const print = selectors.length === 0 ? `"-"` : `selectors`;
  const outputs = Object.entries(call.out).map(([to, output]) => outputInC(to, output));
  return [
    `${call.prototype} {`,
    ...(selectors.length === 0
      ? []
      : [
          '  char selectors[64];',
          `  snprintf(selectors, sizeof selectors, "${selectors.map(() => '%u').join(',')}", ${selectors.join(', ')});`,
        ]),
    ...Object.entries(call.out).flatMap(([to, output]) => checksOf(to, output)),
    `  const Output outputs[] = { ${outputs.join(', ')} };`,
    `  return play("${name}", ${device}, ${print}, outputs, ${outputs.length});`,
    '}',
  ].join('\n');
}

/** The library refuses a structure that does not say what it is asked for. */
function checksOf(to: string, output: NvmlOutput): readonly string[] {
  if (output.kind !== 'structure' && output.kind !== 'row') return [];
  const { preset = {}, fields } = output.layout;
  return Object.entries(preset).map(
    ([name, value]) => `  if (*(unsigned int *)((char *)${to} + ${fields[name]?.at ?? 0}) != ${value}u) return ARGUMENT_VERSION_MISMATCH;`,
  );
}

function outputInC(to: string, output: NvmlOutput): string {
  switch (output.kind) {
    case 'number':
      return `{ .kind = FIXED, .to = ${to}, .bytes = ${output.bytes} }`;
    case 'text':
      return `{ .kind = TEXT, .to = ${to}, .bytes = ${output.room} }`;
    case 'structure':
      return `{ .kind = FIXED, .to = ${to}, .bytes = ${output.layout.bytes} }`;
    case 'row':
      return `{ .kind = FIXED, .to = ${to}, .bytes = ${output.layout.bytes} * (size_t)${output.times} }`;
    case 'list': {
      const start = `.kind = LIST, .to = ${to}, .bytes = ${output.layout.bytes}, .count = ${output.count}`;
      if (output.after === undefined) return `{ ${start} }`;
      return `{ ${start}, .by = ${output.layout.fields[output.after.by]?.at ?? 0}, .after = ${output.after.parameter}, .filters = 1 }`;
    }
  }
}
