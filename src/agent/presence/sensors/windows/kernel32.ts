import koffi from 'koffi';

export interface Process {
  readonly pid: number;
  /** File name of the program: "game.exe". */
  readonly name: string;
}

/** SYSTEM_POWER_STATUS (winbase.h) as Windows gives it. */
export interface PowerStatus {
  /** ACLineStatus: 0 offline, 1 online, 255 unknown. */
  readonly acLine: number;
  /** BatteryFlag: bit 128 no battery, 255 unknown. */
  readonly batteryFlag: number;
  /** BatteryLifePercent: 0 to 100, 255 unknown. */
  readonly batteryPercent: number;
}

/** Time of all processors since the start of Windows, ms. */
export interface SystemTimes {
  readonly idleMs: number;
  /** With the idle time in it. */
  readonly kernelMs: number;
  readonly userMs: number;
}

export type Handle = number | bigint;

export interface Kernel32 {
  /** Ms since the start of Windows modulo 2^32, as the input tick counts. */
  tickCount(): number;
  /** The session that a process of ours runs in. */
  sessionOf(pid: number): number;
  /** The session at the screen and keyboard; null while none is. */
  consoleSession(): number | null;
  processes(): readonly Process[];
  systemTimes(): SystemTimes;
  powerStatus(): PowerStatus;
  createPowerRequest(reason: string): Handle;
  /** Asks that the system stays awake, until the request is closed. */
  setSystemRequired(request: Handle): void;
  createTimer(): Handle;
  /** `dueFileTime`: 100 ns since 1601, UTC. The machine is woken for it where its power plan allows that. */
  setWakeTimer(timer: Handle, dueFileTime: bigint): void;
  cancelTimer(timer: Handle): void;
  closeHandle(handle: Handle): void;
}

// Layouts of 64-bit Windows.
/** PROCESSENTRY32W (tlhelp32.h): dwSize at 0, th32ProcessID at 8, szExeFile at 44. */
const PROCESSENTRY32W_BYTES = 568;
const TH32CS_SNAPPROCESS = 2;
const INVALID_HANDLE_VALUE = -1;
const NO_CONSOLE_SESSION = 0xffffffff;
/** minwinbase.h: REASON_CONTEXT with POWER_REQUEST_CONTEXT_SIMPLE_STRING holds a string where the union is. */
const POWER_REQUEST_CONTEXT_VERSION = 0;
const POWER_REQUEST_CONTEXT_SIMPLE_STRING = 1;
/** winnt.h, POWER_REQUEST_TYPE. */
const POWER_REQUEST_SYSTEM_REQUIRED = 1;
/** winnt.h: TIMER_MODIFY_STATE | SYNCHRONIZE. */
const TIMER_ACCESS = 0x0002 | 0x00100000;
/** FILETIME counts 100 ns. */
const FILETIME_PER_MS = 10_000;

/** Throws where kernel32.dll or a function of it is missing. */
export function loadKernel32(): Kernel32 {
  const library = koffi.load('kernel32.dll');
  const getTickCount: () => number = library.func('__stdcall', 'GetTickCount', 'uint32_t', []);
  const processIdToSessionId: (pid: number, session: Buffer) => number = library.func('__stdcall', 'ProcessIdToSessionId', 'int', [
    'uint32_t',
    'void *',
  ]);
  const activeConsoleSession: () => number = library.func('__stdcall', 'WTSGetActiveConsoleSessionId', 'uint32_t', []);
  const createSnapshot: (flags: number, pid: number) => Handle = library.func('__stdcall', 'CreateToolhelp32Snapshot', 'intptr_t', [
    'uint32_t',
    'uint32_t',
  ]);
  const process32First: (snapshot: Handle, entry: Buffer) => number = library.func('__stdcall', 'Process32FirstW', 'int', [
    'intptr_t',
    'void *',
  ]);
  const process32Next: (snapshot: Handle, entry: Buffer) => number = library.func('__stdcall', 'Process32NextW', 'int', [
    'intptr_t',
    'void *',
  ]);
  const getSystemTimes: (idle: Buffer, kernel: Buffer, user: Buffer) => number = library.func('__stdcall', 'GetSystemTimes', 'int', [
    'void *',
    'void *',
    'void *',
  ]);
  const getSystemPowerStatus: (status: Buffer) => number = library.func('__stdcall', 'GetSystemPowerStatus', 'int', ['void *']);
  const reasonContext = koffi.struct({
    Version: 'uint32_t',
    Flags: 'uint32_t',
    SimpleReasonString: 'str16',
    rest: koffi.array('uint8_t', 16),
  });
  const powerCreateRequest: (context: object) => Handle = library.func('__stdcall', 'PowerCreateRequest', 'intptr_t', [
    koffi.pointer(reasonContext),
  ]);
  const powerSetRequest: (request: Handle, type: number) => number = library.func('__stdcall', 'PowerSetRequest', 'int', [
    'intptr_t',
    'int',
  ]);
  const createWaitableTimer: (security: null, name: null, flags: number, access: number) => Handle = library.func(
    '__stdcall',
    'CreateWaitableTimerExW',
    'intptr_t',
    ['void *', 'void *', 'uint32_t', 'uint32_t'],
  );
  const setWaitableTimer: (timer: Handle, due: Buffer, period: number, routine: null, argument: null, resume: number) => number =
    library.func('__stdcall', 'SetWaitableTimer', 'int', ['intptr_t', 'void *', 'int32_t', 'void *', 'void *', 'int']);
  const cancelWaitableTimer: (timer: Handle) => number = library.func('__stdcall', 'CancelWaitableTimer', 'int', ['intptr_t']);
  const closeHandle: (handle: Handle) => number = library.func('__stdcall', 'CloseHandle', 'int', ['intptr_t']);

  return {
    tickCount: getTickCount,
    sessionOf(pid) {
      const session = Buffer.alloc(4);
      check('ProcessIdToSessionId', processIdToSessionId(pid, session));
      return session.readUInt32LE(0);
    },
    consoleSession() {
      const session = activeConsoleSession();
      return session === NO_CONSOLE_SESSION ? null : session;
    },
    processes() {
      const snapshot = createSnapshot(TH32CS_SNAPPROCESS, 0);
      if (Number(snapshot) === INVALID_HANDLE_VALUE) throw new Error('CreateToolhelp32Snapshot failed');
      try {
        const entry = Buffer.alloc(PROCESSENTRY32W_BYTES);
        entry.writeUInt32LE(PROCESSENTRY32W_BYTES, 0);
        const processes: Process[] = [];
        for (let more = process32First(snapshot, entry); more !== 0; more = process32Next(snapshot, entry))
          processes.push({ pid: entry.readUInt32LE(8), name: entry.toString('utf16le', 44, 564).split('\0', 1)[0] ?? '' });
        if (processes.length === 0) throw new Error('Process32FirstW found no process'); // there is one at least: ours
        return processes;
      } finally {
        closeHandle(snapshot);
      }
    },
    systemTimes() {
      const [idle, kernel, user] = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(8)];
      check('GetSystemTimes', getSystemTimes(idle, kernel, user));
      return { idleMs: fileTimeMs(idle), kernelMs: fileTimeMs(kernel), userMs: fileTimeMs(user) };
    },
    powerStatus() {
      const status = Buffer.alloc(12); // SYSTEM_POWER_STATUS
      check('GetSystemPowerStatus', getSystemPowerStatus(status));
      return { acLine: status.readUInt8(0), batteryFlag: status.readUInt8(1), batteryPercent: status.readUInt8(2) };
    },
    createPowerRequest(reason) {
      const request = powerCreateRequest({
        Version: POWER_REQUEST_CONTEXT_VERSION,
        Flags: POWER_REQUEST_CONTEXT_SIMPLE_STRING,
        SimpleReasonString: reason,
        rest: [],
      });
      if (Number(request) === INVALID_HANDLE_VALUE || Number(request) === 0) throw new Error('PowerCreateRequest failed');
      return request;
    },
    setSystemRequired: (request) => check('PowerSetRequest', powerSetRequest(request, POWER_REQUEST_SYSTEM_REQUIRED)),
    createTimer() {
      const timer = createWaitableTimer(null, null, 0, TIMER_ACCESS);
      if (Number(timer) === 0) throw new Error('CreateWaitableTimerExW failed');
      return timer;
    },
    setWakeTimer(timer, dueFileTime) {
      const due = Buffer.alloc(8);
      due.writeBigInt64LE(dueFileTime, 0);
      check('SetWaitableTimer', setWaitableTimer(timer, due, 0, null, null, 1));
    },
    cancelTimer: (timer) => check('CancelWaitableTimer', cancelWaitableTimer(timer)),
    closeHandle: (handle) => check('CloseHandle', closeHandle(handle)),
  };
}

function check(name: string, succeeded: number): void {
  if (succeeded === 0) throw new Error(`${name} failed`);
}

function fileTimeMs(fileTime: Buffer): number {
  return Number(fileTime.readBigUInt64LE(0)) / FILETIME_PER_MS;
}
