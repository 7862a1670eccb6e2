import koffi from 'koffi';

/** HOST_CPU_LOAD_INFO (mach/host_info.h): ticks of all processors since the start, each modulo 2^32. */
export interface CpuTicks {
  readonly user: number;
  readonly system: number;
  readonly idle: number;
  readonly nice: number;
}

export interface MacSystem {
  cpuTicks(): CpuTicks;
  /** Names of all processes, at most 32 characters each (libproc.h: 2 * MAXCOMLEN). */
  processNames(): readonly string[];
  /** Terminals in use whose user came over a network, as `who` lists them. */
  remoteTerminals(): number;
}

/** mach/host_info.h */
const HOST_CPU_LOAD_INFO = 3;
const CPU_STATE_MAX = 4;
/** Room for processes that begin between the two calls. */
const SPARE_PIDS = 64;
/** sys/param.h: MAXCOMLEN is 16; proc_name gives up to twice as much, and its end. */
const PROC_NAME_BYTES = 2 * 16 + 1;
/** utmpx.h: ut_user 256, ut_id 4, ut_line 32, ut_pid 4, ut_type (short, padded to 4 with the next), ut_tv 16 at 304, ut_host 256, ut_pad 64. */
const UT_TYPE_AT = 296;
const UT_HOST_AT = 320;
const USER_PROCESS = 7;

/** Throws where a function of libSystem is missing: not on a Mac. */
export function loadMacSystem(): MacSystem {
  const library = koffi.load('/usr/lib/libSystem.B.dylib');
  const machHostSelf: () => number = library.func('mach_host_self', 'uint32_t', []);
  const hostStatistics: (host: number, flavor: number, info: Buffer, count: Buffer) => number = library.func('host_statistics', 'int32_t', [
    'uint32_t',
    'int32_t',
    'void *',
    'void *',
  ]);
  const listAllPids: (pids: Buffer | null, bytes: number) => number = library.func('proc_listallpids', 'int32_t', ['void *', 'int32_t']);
  const procName: (pid: number, name: Buffer, bytes: number) => number = library.func('proc_name', 'int32_t', [
    'int32_t',
    'void *',
    'uint32_t',
  ]);
  const setutxent: () => void = library.func('setutxent', 'void', []);
  const getutxent: () => bigint | null = library.func('getutxent', 'void *', []);
  const endutxent: () => void = library.func('endutxent', 'void', []);
  const host = machHostSelf(); // each call takes a right that would have to be given back

  return {
    cpuTicks() {
      const [ticks, count] = [Buffer.alloc(CPU_STATE_MAX * 4), Buffer.alloc(4)];
      count.writeUInt32LE(CPU_STATE_MAX, 0);
      const status = hostStatistics(host, HOST_CPU_LOAD_INFO, ticks, count);
      if (status !== 0) throw new Error(`host_statistics failed with ${status}`); // KERN_SUCCESS is 0
      return { user: ticks.readUInt32LE(0), system: ticks.readUInt32LE(4), idle: ticks.readUInt32LE(8), nice: ticks.readUInt32LE(12) };
    },
    processNames() {
      const pids = Buffer.alloc((listAllPids(null, 0) + SPARE_PIDS) * 4);
      const count = listAllPids(pids, pids.length);
      if (count <= 0) throw new Error('proc_listallpids failed');
      const name = Buffer.alloc(PROC_NAME_BYTES);
      const names: string[] = [];
      for (let index = 0; index < count; index++) {
        const length = procName(pids.readInt32LE(index * 4), name, name.length);
        if (length > 0) names.push(name.toString('utf8', 0, length)); // else it has ended
      }
      return names;
    },
    remoteTerminals() {
      let remote = 0;
      setutxent();
      try {
        for (let entry = getutxent(); entry !== null; entry = getutxent())
          if (koffi.decode.int16(entry + BigInt(UT_TYPE_AT)) === USER_PROCESS && koffi.decode.uint8(entry + BigInt(UT_HOST_AT)) !== 0)
            remote++;
      } finally {
        endutxent();
      }
      return remote;
    },
  };
}
