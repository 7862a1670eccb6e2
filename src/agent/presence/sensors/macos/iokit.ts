import koffi from 'koffi';
import { asDictionary, type CfDictionary, type CoreFoundation } from './core-foundation.ts';

export interface IoKit {
  /** These properties of every service of a class in the I/O registry. */
  services(className: string, properties: readonly string[]): readonly CfDictionary[];
  /** Assertions that programs hold against sleep, by process id. */
  assertionsByProcess(): CfDictionary;
  /** Descriptions of batteries and UPSs. */
  powerSources(): readonly CfDictionary[];
  /** "AC Power", "Battery Power" or "UPS Power". */
  providingSource(): string | null;
  /** Throws where macOS refuses. Returns the id to release. */
  createAssertion(type: string, name: string): number;
  releaseAssertion(id: number): void;
  /** Throws where macOS refuses: it allows this to root only. */
  scheduleWake(atMs: number, owner: string): void;
  cancelWake(atMs: number, owner: string): void;
}

/** IOReturn.h */
const IO_RETURN_SUCCESS = 0;
const IO_RETURN_NOT_PRIVILEGED = 0xe00002c1;
/** IOPMLib.h: kIOPMAssertionLevelOn; kIOPMAutoWake. */
const ASSERTION_ON = 255;
const WAKE = 'wake';
/** IOKitLib.h, kIOMainPortDefault. */
const MAIN_PORT = 0;

/** Throws where IOKit or a function of it is missing. */
export function loadIoKit(foundation: CoreFoundation): IoKit {
  const library = koffi.load('/System/Library/Frameworks/IOKit.framework/IOKit');
  const serviceMatching: (className: string) => bigint | null = library.func('IOServiceMatching', 'void *', ['str']);
  const matchingServices: (port: number, matching: bigint, iterator: Buffer) => number = library.func(
    'IOServiceGetMatchingServices',
    'int32_t',
    ['uint32_t', 'void *', 'void *'],
  );
  const iteratorNext: (iterator: number) => number = library.func('IOIteratorNext', 'uint32_t', ['uint32_t']);
  const createProperty: (entry: number, key: bigint, allocator: null, options: number) => bigint | null = library.func(
    'IORegistryEntryCreateCFProperty',
    'void *',
    ['uint32_t', 'void *', 'void *', 'uint32_t'],
  );
  const objectRelease: (object: number) => number = library.func('IOObjectRelease', 'int32_t', ['uint32_t']);
  const copyAssertions: (assertions: Buffer) => number = library.func('IOPMCopyAssertionsByProcess', 'int32_t', ['void *']);
  const assertionCreate: (type: bigint, level: number, name: bigint, id: Buffer) => number = library.func(
    'IOPMAssertionCreateWithName',
    'int32_t',
    ['void *', 'uint32_t', 'void *', 'void *'],
  );
  const assertionRelease: (id: number) => number = library.func('IOPMAssertionRelease', 'int32_t', ['uint32_t']);
  const copyPowerInfo: () => bigint | null = library.func('IOPSCopyPowerSourcesInfo', 'void *', []);
  const copyPowerList: (info: bigint) => bigint | null = library.func('IOPSCopyPowerSourcesList', 'void *', ['void *']);
  const powerDescription: (info: bigint, source: bigint) => bigint | null = library.func('IOPSGetPowerSourceDescription', 'void *', [
    'void *',
    'void *',
  ]);
  const providingType: (info: bigint) => bigint | null = library.func('IOPSGetProvidingPowerSourceType', 'void *', ['void *']);
  const schedule: (date: bigint, owner: bigint, type: bigint) => number = library.func('IOPMSchedulePowerEvent', 'int32_t', [
    'void *',
    'void *',
    'void *',
  ]);
  const cancel: (date: bigint, owner: bigint, type: bigint) => number = library.func('IOPMCancelScheduledPowerEvent', 'int32_t', [
    'void *',
    'void *',
    'void *',
  ]);

  /** Runs with references that are released afterwards. */
  function holding<T>(refs: readonly bigint[], use: () => T): T {
    try {
      return use();
    } finally {
      for (const ref of refs) foundation.release(ref);
    }
  }

  function withPowerInfo<T>(use: (info: bigint) => T): T {
    const info = copyPowerInfo();
    if (info === null) throw new Error('IOPSCopyPowerSourcesInfo failed');
    return holding([info], () => use(info));
  }

  function powerEvent(name: string, call: typeof schedule, atMs: number, owner: string): void {
    const [date, by, type] = [foundation.date(atMs), foundation.string(owner), foundation.string(WAKE)];
    check(
      name,
      holding([date, by, type], () => call(date, by, type)),
    );
  }

  return {
    services(className, properties) {
      const matching = serviceMatching(className); // IOServiceGetMatchingServices takes it over
      if (matching === null) throw new Error('IOServiceMatching failed');
      const iterator = Buffer.alloc(4);
      check('IOServiceGetMatchingServices', matchingServices(MAIN_PORT, matching, iterator));
      const found: CfDictionary[] = [];
      const keys = properties.map((name) => ({ name, key: foundation.string(name) }));
      const services = iterator.readUInt32LE(0);
      try {
        for (let service = iteratorNext(services); service !== 0; service = iteratorNext(services)) {
          found.push(Object.fromEntries(keys.map(({ name, key }) => [name, foundation.take(createProperty(service, key, null, 0))])));
          objectRelease(service);
        }
      } finally {
        for (const { key } of keys) foundation.release(key);
        if (services !== 0) objectRelease(services);
      }
      return found;
    },
    assertionsByProcess() {
      const pointer = Buffer.alloc(8);
      check('IOPMCopyAssertionsByProcess', copyAssertions(pointer));
      const assertions = pointer.readBigUInt64LE(0);
      return assertions === 0n ? {} : asDictionary(foundation.take(assertions));
    },
    powerSources: () =>
      withPowerInfo((info) => {
        const list = copyPowerList(info);
        if (list === null) throw new Error('IOPSCopyPowerSourcesList failed');
        return holding([list], () =>
          foundation.items(list).map((source) => asDictionary(foundation.value(powerDescription(info, source)))),
        );
      }),
    providingSource: () =>
      withPowerInfo((info) => {
        const type = foundation.value(providingType(info));
        return typeof type === 'string' ? type : null;
      }),
    createAssertion(type, name) {
      const [typeRef, nameRef, id] = [foundation.string(type), foundation.string(name), Buffer.alloc(4)];
      check(
        'IOPMAssertionCreateWithName',
        holding([typeRef, nameRef], () => assertionCreate(typeRef, ASSERTION_ON, nameRef, id)),
      );
      return id.readUInt32LE(0);
    },
    releaseAssertion: (id) => check('IOPMAssertionRelease', assertionRelease(id)),
    scheduleWake: (atMs, owner) => powerEvent('IOPMSchedulePowerEvent', schedule, atMs, owner),
    cancelWake: (atMs, owner) => powerEvent('IOPMCancelScheduledPowerEvent', cancel, atMs, owner),
  };
}

function check(name: string, status: number): void {
  const code = status >>> 0;
  if (code === IO_RETURN_SUCCESS) return;
  throw new Error(
    code === IO_RETURN_NOT_PRIVILEGED ? `${name}: macOS allows this to root only` : `${name} failed with 0x${code.toString(16)}`,
  );
}
