import { promisify } from 'node:util';
import koffi, { type KoffiFunc } from 'koffi';

export interface CounterValue {
  /** Name of the instance: "pid_1234_luid_0x00000000_0x0000C85A_phys_0_eng_0_engtype_3D". */
  readonly instance: string;
  readonly value: number;
}

export interface PdhQuery {
  /** Takes a sample, on a thread of its own: it takes many ms where many programs use a GPU. */
  collect(): Promise<void>;
  /** Values of the last sample for the path of this index; null: it counts a rate and there was one sample only. */
  values(index: number): readonly CounterValue[] | null;
  close(): void;
}

export interface Pdh {
  /** Opens one query for wildcard paths in English, whatever language Windows speaks. On a thread of its own as well. */
  open(paths: readonly string[]): Promise<PdhQuery>;
}

// pdhmsg.h and pdh.h; layouts of 64-bit Windows.
const PDH_MORE_DATA = 0x800007d2;
/** No instance of the counter exists: no program uses a GPU. */
const PDH_NO_DATA = 0x800007d5;
const PDH_CSTATUS_NO_INSTANCE = 0x800007d1;
const PDH_INVALID_DATA = 0xc0000bc6;
const PDH_FMT_DOUBLE = 0x200;
/** Several engines of one program may add up to more than 100. */
const PDH_FMT_NOCAP100 = 0x8000;
const PDH_CSTATUS_VALID_DATA = 0;
const PDH_CSTATUS_NEW_DATA = 1;
/** PDH_FMT_COUNTERVALUE_ITEM_W: szName at 0, FmtValue.CStatus at 8, FmtValue.doubleValue at 16. */
const ITEM_BYTES = 24;

/** Throws where pdh.dll or a function of it is missing. */
export function loadPdh(): Pdh {
  const library = koffi.load('pdh.dll');
  const openQuery: (source: null, user: number, query: Buffer) => number = library.func('__stdcall', 'PdhOpenQueryW', 'uint32_t', [
    'void *',
    'uintptr_t',
    'void *',
  ]);
  const addCounter: KoffiFunc<(query: bigint, path: string, user: number, counter: Buffer) => number> = library.func(
    '__stdcall',
    'PdhAddEnglishCounterW',
    'uint32_t',
    ['void *', 'str16', 'uintptr_t', 'void *'],
  );
  const addAsync = promisify(addCounter.async);
  const collectData: KoffiFunc<(query: bigint) => number> = library.func('__stdcall', 'PdhCollectQueryData', 'uint32_t', ['void *']);
  const collectAsync = promisify(collectData.async);
  const getArray: (counter: bigint, format: number, bytes: Buffer, count: Buffer, items: Buffer | null) => number = library.func(
    '__stdcall',
    'PdhGetFormattedCounterArrayW',
    'uint32_t',
    ['void *', 'uint32_t', 'void *', 'void *', 'void *'],
  );
  const closeQuery: (query: bigint) => number = library.func('__stdcall', 'PdhCloseQuery', 'uint32_t', ['void *']);

  function valuesOf(counter: bigint): readonly CounterValue[] | null {
    const [bytes, count] = [Buffer.alloc(4), Buffer.alloc(4)];
    const format = PDH_FMT_DOUBLE | PDH_FMT_NOCAP100;
    let status = getArray(counter, format, bytes, count, null);
    if (status === PDH_NO_DATA || status === PDH_CSTATUS_NO_INSTANCE) return [];
    if (status === PDH_INVALID_DATA) return null;
    if (status === 0) return []; // nothing to return fits into no room
    if (status !== PDH_MORE_DATA) throw failed('PdhGetFormattedCounterArrayW', status);
    const items = Buffer.alloc(bytes.readUInt32LE(0));
    status = getArray(counter, format, bytes, count, items);
    if (status === PDH_INVALID_DATA) return null;
    if (status !== 0) throw failed('PdhGetFormattedCounterArrayW', status);
    const values: CounterValue[] = [];
    for (let at = 0; at < count.readUInt32LE(0) * ITEM_BYTES; at += ITEM_BYTES) {
      const valid = items.readUInt32LE(at + 8);
      if (valid !== PDH_CSTATUS_VALID_DATA && valid !== PDH_CSTATUS_NEW_DATA) continue; // its program began or ended between two samples
      values.push({ instance: koffi.decode.string16(items.readBigUInt64LE(at)), value: items.readDoubleLE(at + 16) });
    }
    return values;
  }

  return {
    async open(paths) {
      const handle = Buffer.alloc(8);
      const opened = openQuery(null, 0, handle);
      if (opened !== 0) throw failed('PdhOpenQueryW', opened);
      const query = handle.readBigUInt64LE(0);
      const counters: bigint[] = [];
      for (const path of paths) {
        const counter = Buffer.alloc(8);
        const added = await addAsync(query, path, 0, counter);
        if (added !== 0) {
          closeQuery(query);
          throw failed(`PdhAddEnglishCounterW for ${path}`, added);
        }
        counters.push(counter.readBigUInt64LE(0));
      }
      return {
        async collect() {
          const status = await collectAsync(query);
          if (status !== 0 && status !== PDH_NO_DATA) throw failed('PdhCollectQueryData', status);
        },
        values(index) {
          const counter = counters[index];
          return counter === undefined ? null : valuesOf(counter);
        },
        close: () => void closeQuery(query),
      };
    },
  };
}

function failed(name: string, status: number): Error {
  return new Error(`${name} failed with 0x${(status >>> 0).toString(16)}`);
}
