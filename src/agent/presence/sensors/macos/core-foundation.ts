import koffi from 'koffi';

/** A Core Foundation object as a plain value; null: of a type that none of our sources uses. */
export type CfValue = string | number | boolean | null | readonly CfValue[] | CfDictionary;
export interface CfDictionary {
  readonly [key: string]: CfValue;
}

export interface CoreFoundation {
  /** A CFString; the caller releases it. */
  string(text: string): bigint;
  /** A CFDate; the caller releases it. */
  date(unixMs: number): bigint;
  release(ref: bigint): void;
  /** Copies an object with all that is in it. */
  value(ref: bigint | null): CfValue;
  /** Copies an object that the caller owns, and releases it. */
  take(ref: bigint | null): CfValue;
  /** What a CFDictionary holds under a CFString, still a reference that the dictionary owns. */
  get(dictionary: bigint, key: bigint): bigint | null;
  /** The references in a CFArray, which owns them. */
  items(array: bigint): readonly bigint[];
}

/** CFString.h */
const UTF8 = 0x08000100;
/** CFNumber.h, kCFNumberDoubleType. */
const DOUBLE = 13;
/** CFDate.h, kCFAbsoluteTimeIntervalSince1970: Core Foundation counts seconds since 2001. */
const EPOCH_S = 978_307_200;

/** Throws where Core Foundation is missing: not on a Mac. */
export function loadCoreFoundation(): CoreFoundation {
  const library = koffi.load('/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation');
  const typeOf: (ref: bigint) => number = library.func('CFGetTypeID', 'size_t', ['void *']);
  const typeNamed = (name: string): number => {
    const typeId: () => number = library.func(`CF${name}GetTypeID`, 'size_t', []);
    return typeId();
  };
  const types = {
    string: typeNamed('String'),
    number: typeNamed('Number'),
    boolean: typeNamed('Boolean'),
    array: typeNamed('Array'),
    dictionary: typeNamed('Dictionary'),
  };
  const release: (ref: bigint) => void = library.func('CFRelease', 'void', ['void *']);
  const stringCreate: (allocator: null, text: string, encoding: number) => bigint | null = library.func(
    'CFStringCreateWithCString',
    'void *',
    ['void *', 'str', 'uint32_t'],
  );
  const stringLength: (ref: bigint) => number = library.func('CFStringGetLength', 'int64_t', ['void *']);
  const stringCopy: (ref: bigint, text: Buffer, bytes: number, encoding: number) => number = library.func('CFStringGetCString', 'uint8_t', [
    'void *',
    'void *',
    'int64_t',
    'uint32_t',
  ]);
  const numberCopy: (ref: bigint, type: number, number: Buffer) => number = library.func('CFNumberGetValue', 'uint8_t', [
    'void *',
    'int64_t',
    'void *',
  ]);
  const booleanValue: (ref: bigint) => number = library.func('CFBooleanGetValue', 'uint8_t', ['void *']);
  const arrayCount: (ref: bigint) => number = library.func('CFArrayGetCount', 'int64_t', ['void *']);
  const arrayItem: (ref: bigint, index: number) => bigint = library.func('CFArrayGetValueAtIndex', 'void *', ['void *', 'int64_t']);
  const dictionaryCount: (ref: bigint) => number = library.func('CFDictionaryGetCount', 'int64_t', ['void *']);
  const dictionaryCopy: (ref: bigint, keys: Buffer, values: Buffer) => void = library.func('CFDictionaryGetKeysAndValues', 'void', [
    'void *',
    'void *',
    'void *',
  ]);
  const dictionaryGet: (ref: bigint, key: bigint) => bigint | null = library.func('CFDictionaryGetValue', 'void *', ['void *', 'void *']);
  const dateCreate: (allocator: null, seconds: number) => bigint | null = library.func('CFDateCreate', 'void *', ['void *', 'double']);

  const items = (array: bigint): readonly bigint[] => Array.from({ length: arrayCount(array) }, (_, index) => arrayItem(array, index));

  function value(ref: bigint | null): CfValue {
    if (ref === null) return null;
    const type = typeOf(ref);
    if (type === types.string) return textOf(ref);
    if (type === types.number) {
      const number = Buffer.alloc(8);
      numberCopy(ref, DOUBLE, number); // whole numbers beyond 2^53 lose digits: none of ours are
      return number.readDoubleLE(0);
    }
    if (type === types.boolean) return booleanValue(ref) !== 0;
    if (type === types.array) return items(ref).map(value);
    if (type === types.dictionary) return dictionaryOf(ref);
    return null;
  }

  function textOf(ref: bigint): string {
    const text = Buffer.alloc(stringLength(ref) * 3 + 1); // a UTF-16 unit takes 3 bytes of UTF-8 at most
    if (stringCopy(ref, text, text.length, UTF8) === 0) throw new Error('CFStringGetCString failed');
    return text.toString('utf8', 0, text.indexOf(0));
  }

  function dictionaryOf(ref: bigint): CfDictionary {
    const count = dictionaryCount(ref);
    const [keys, values] = [Buffer.alloc(count * 8), Buffer.alloc(count * 8)];
    dictionaryCopy(ref, keys, values);
    return Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        String(value(keys.readBigUInt64LE(index * 8))),
        value(values.readBigUInt64LE(index * 8)),
      ]),
    );
  }

  const made = (name: string, ref: bigint | null): bigint => {
    if (ref === null) throw new Error(`${name} failed`);
    return ref;
  };
  return {
    string: (text) => made('CFStringCreateWithCString', stringCreate(null, text, UTF8)),
    date: (unixMs) => made('CFDateCreate', dateCreate(null, unixMs / 1000 - EPOCH_S)),
    release,
    value,
    take(ref) {
      if (ref === null) return null;
      try {
        return value(ref);
      } finally {
        release(ref);
      }
    },
    get: dictionaryGet,
    items,
  };
}

/** The dictionary that a value is; empty where it is none. */
export function asDictionary(value: CfValue | undefined): CfDictionary {
  return typeof value === 'object' && value !== null && !isArray(value) ? value : {};
}

/** The array that a value is; empty where it is none. */
export function asArray(value: CfValue | undefined): readonly CfValue[] {
  return typeof value === 'object' && value !== null && isArray(value) ? value : [];
}

function isArray(value: readonly CfValue[] | CfDictionary): value is readonly CfValue[] {
  return Array.isArray(value);
}
