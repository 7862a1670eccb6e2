import koffi from 'koffi';

export interface Powrprof {
  /** EXECUTION_STATE: what running programs ask of the power manager, all in one. */
  executionState(): number;
  /** POWER_PLATFORM_ROLE, version 2. */
  platformRole(): number;
}

/** winnt.h, POWER_INFORMATION_LEVEL. */
const SYSTEM_EXECUTION_STATE = 16;
const POWER_PLATFORM_ROLE_V2 = 2;

/** Throws where powrprof.dll or a function of it is missing. */
export function loadPowrprof(): Powrprof {
  const library = koffi.load('powrprof.dll');
  const powerInformation: (level: number, input: null, inputBytes: number, output: Buffer, outputBytes: number) => number = library.func(
    '__stdcall',
    'CallNtPowerInformation',
    'int32_t',
    ['int', 'void *', 'uint32_t', 'void *', 'uint32_t'],
  );
  const determineRole: (version: number) => number = library.func('__stdcall', 'PowerDeterminePlatformRoleEx', 'int', ['uint32_t']);
  return {
    executionState() {
      const state = Buffer.alloc(4);
      const status = powerInformation(SYSTEM_EXECUTION_STATE, null, 0, state, state.length);
      if (status !== 0) throw new Error(`CallNtPowerInformation failed with 0x${(status >>> 0).toString(16)}`); // STATUS_SUCCESS is 0
      return state.readUInt32LE(0);
    },
    platformRole: () => determineRole(POWER_PLATFORM_ROLE_V2),
  };
}
