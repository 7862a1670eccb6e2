import koffi from 'koffi';

/** One adapter as DXGI describes it (DXGI_ADAPTER_DESC1). */
export interface DxgiAdapter {
  readonly name: string;
  /** "10de:2684" */
  readonly pciId: string;
  /** Of its own memory; 0 for what shares the machine's. */
  readonly dedicatedBytes: number;
  readonly isSoftware: boolean;
}

export interface Dxgi {
  /** All adapters, one for each time that Windows lists it. Throws where DXGI refuses. */
  adapters(): readonly DxgiAdapter[];
}

// dxgi.h; layouts of 64-bit Windows.
/** IID_IDXGIFactory1, {770aae78-f26f-4dba-a829-253c83d1b387}, as it lies in memory. */
const FACTORY1 = Buffer.from('78ae0a776ff2ba4da829253c83d1b387', 'hex');
const DXGI_ERROR_NOT_FOUND = 0x887a0002;
const DXGI_ADAPTER_FLAG_SOFTWARE = 2;
/** Places in the tables of virtual functions: IUnknown has 3, IDXGIObject 4, IDXGIFactory 5, IDXGIAdapter 3. */
const RELEASE = 2;
const ENUM_ADAPTERS1 = 12;
const GET_DESC1 = 10;
/** Description[128] in UTF-16, VendorId at 256, DeviceId 260, SubSysId 264, Revision 268, DedicatedVideoMemory 272, two more sizes, Luid 296, Flags 304. */
const DESC_BYTES = 312;
const POINTER_BYTES = 8;
const MOST_ADAPTERS = 64;

/** Throws where dxgi.dll or its function is missing. */
export function loadDxgi(path = 'dxgi.dll'): Dxgi {
  const library = koffi.load(path);
  const createFactory: (iid: Buffer, factory: Buffer) => number = library.func('__stdcall', 'CreateDXGIFactory1', 'uint32_t', [
    'void *',
    'void *',
  ]);
  const releaseType = koffi.proto('uint32_t DxgiRelease(uintptr_t self)');
  const enumType = koffi.proto('uint32_t DxgiEnumAdapters1(uintptr_t self, uint32_t index, void *adapter)');
  const describeType = koffi.proto('uint32_t DxgiGetDesc1(uintptr_t self, void *description)');

  /** A COM object begins with the address of its table of functions. */
  function method(object: bigint, place: number): bigint {
    const table: bigint = koffi.decode(object, 'uint64_t');
    return BigInt(koffi.decode(BigInt(table) + BigInt(place * POINTER_BYTES), 'uint64_t'));
  }
  const release = (object: bigint): void => void koffi.call(method(object, RELEASE), releaseType, object);

  function describe(adapter: bigint): DxgiAdapter {
    const bytes = Buffer.alloc(DESC_BYTES);
    const status = koffi.call(method(adapter, GET_DESC1), describeType, adapter, bytes);
    if (status !== 0) throw failed('GetDesc1', status);
    const hex = (at: number): string => (bytes.readUInt32LE(at) & 0xffff).toString(16).padStart(4, '0');
    return {
      name: bytes.toString('utf16le', 0, 256).replace(/\0.*$/s, ''),
      pciId: `${hex(256)}:${hex(260)}`,
      dedicatedBytes: Number(bytes.readBigUInt64LE(272)),
      isSoftware: (bytes.readUInt32LE(304) & DXGI_ADAPTER_FLAG_SOFTWARE) !== 0,
    };
  }

  return {
    adapters() {
      const word = Buffer.alloc(POINTER_BYTES);
      const created = createFactory(FACTORY1, word);
      if (created !== 0) throw failed('CreateDXGIFactory1', created);
      const factory = word.readBigUInt64LE(0);
      try {
        const found: DxgiAdapter[] = [];
        for (let index = 0; index < MOST_ADAPTERS; index += 1) {
          const status = koffi.call(method(factory, ENUM_ADAPTERS1), enumType, factory, index, word);
          if (status === DXGI_ERROR_NOT_FOUND) break;
          if (status !== 0) throw failed('EnumAdapters1', status);
          const adapter = word.readBigUInt64LE(0);
          try {
            found.push(describe(adapter));
          } finally {
            release(adapter);
          }
        }
        return found;
      } finally {
        release(factory);
      }
    },
  };
}

function failed(name: string, status: number): Error {
  return new Error(`${name} failed with 0x${(status >>> 0).toString(16)}`);
}
