import koffi from 'koffi';

export interface TerminalSession {
  readonly id: number;
  /** WTS_CONNECTSTATE_CLASS. */
  readonly state: number;
}

export interface Wtsapi32 {
  sessions(): readonly TerminalSession[];
  /** SessionFlags of WTSINFOEX_LEVEL1_W, unsigned. */
  sessionFlags(session: number): number;
  /** WTSClientProtocolType: 0 console, 1 an old value kept for Citrix, 2 RDP. */
  clientProtocol(session: number): number;
}

// wtsapi32.h; layouts of 64-bit Windows.
const WTS_CURRENT_SERVER_HANDLE = 0;
/** WTS_INFO_CLASS. */
const WTS_CLIENT_PROTOCOL_TYPE = 16;
const WTS_SESSION_INFO_EX = 25;
/** WTSINFOEXW: Level at 0; then, aligned to 8 by its times, WTSINFOEX_LEVEL1_W: SessionId at 8, SessionState at 12, SessionFlags at 16. */
const SESSION_FLAGS_AT = 16;
/** WTS_SESSION_INFOW: SessionId at 0, pWinStationName at 8, State at 16. */
const WTS_SESSION_INFOW_BYTES = 24;

/** Throws where wtsapi32.dll or a function of it is missing. */
export function loadWtsapi32(): Wtsapi32 {
  const library = koffi.load('wtsapi32.dll');
  const query: (server: number, session: number, what: number, data: Buffer, bytes: Buffer) => number = library.func(
    '__stdcall',
    'WTSQuerySessionInformationW',
    'int',
    ['intptr_t', 'uint32_t', 'int', 'void *', 'void *'],
  );
  const enumerate: (server: number, reserved: number, version: number, sessions: Buffer, count: Buffer) => number = library.func(
    '__stdcall',
    'WTSEnumerateSessionsW',
    'int',
    ['intptr_t', 'uint32_t', 'uint32_t', 'void *', 'void *'],
  );
  const freeMemory: (memory: bigint) => void = library.func('__stdcall', 'WTSFreeMemory', 'void', ['void *']);

  function ask<T>(session: number, what: number, leastBytes: number, take: (data: bigint) => T): T {
    const [pointer, bytes] = [Buffer.alloc(8), Buffer.alloc(4)];
    if (query(WTS_CURRENT_SERVER_HANDLE, session, what, pointer, bytes) === 0) throw new Error('WTSQuerySessionInformationW failed');
    const data = pointer.readBigUInt64LE(0);
    try {
      if (bytes.readUInt32LE(0) < leastBytes) throw new Error('WTSQuerySessionInformationW answered too little');
      return take(data);
    } finally {
      freeMemory(data);
    }
  }

  return {
    sessions() {
      const [pointer, count] = [Buffer.alloc(8), Buffer.alloc(4)];
      if (enumerate(WTS_CURRENT_SERVER_HANDLE, 0, 1, pointer, count) === 0) throw new Error('WTSEnumerateSessionsW failed');
      const list = pointer.readBigUInt64LE(0);
      try {
        return Array.from({ length: count.readUInt32LE(0) }, (_, index) => {
          const entry = list + BigInt(index * WTS_SESSION_INFOW_BYTES);
          return { id: koffi.decode.uint32(entry), state: koffi.decode.int32(entry + 16n) };
        });
      } finally {
        freeMemory(list);
      }
    },
    sessionFlags: (session) =>
      ask(session, WTS_SESSION_INFO_EX, SESSION_FLAGS_AT + 4, (data) => koffi.decode.uint32(data + BigInt(SESSION_FLAGS_AT))),
    clientProtocol: (session) => ask(session, WTS_CLIENT_PROTOCOL_TYPE, 2, (data) => koffi.decode.uint16(data)),
  };
}
