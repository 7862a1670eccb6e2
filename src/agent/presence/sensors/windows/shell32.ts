import koffi from 'koffi';

export interface Shell32 {
  /** QUERY_USER_NOTIFICATION_STATE. */
  userNotificationState(): number;
}

/** Throws where shell32.dll or the function is missing. */
export function loadShell32(): Shell32 {
  const query: (state: Buffer) => number = koffi
    .load('shell32.dll')
    .func('__stdcall', 'SHQueryUserNotificationState', 'int32_t', ['void *']);
  return {
    userNotificationState() {
      const state = Buffer.alloc(4);
      const result = query(state);
      if (result < 0) throw new Error(`SHQueryUserNotificationState failed with 0x${(result >>> 0).toString(16)}`); // an HRESULT below 0 failed
      return state.readInt32LE(0);
    },
  };
}
