import koffi from 'koffi';

/** NL_NETWORK_CONNECTIVITY_HINT (nldef.h). */
export interface ConnectivityHint {
  /** NL_NETWORK_CONNECTIVITY_LEVEL_HINT. */
  readonly level: number;
  /** NL_NETWORK_CONNECTIVITY_COST_HINT. */
  readonly cost: number;
  readonly roaming: boolean;
}

export interface Iphlpapi {
  connectivityHint(): ConnectivityHint;
}

/** Throws where GetNetworkConnectivityHint (netioapi.h, Windows 10 version 2004 and later) is missing. */
export function loadIphlpapi(): Iphlpapi {
  const getHint: (hint: Buffer) => number = koffi
    .load('iphlpapi.dll')
    .func('__stdcall', 'GetNetworkConnectivityHint', 'uint32_t', ['void *']);
  return {
    connectivityHint() {
      const hint = Buffer.alloc(12); // two enumerations, then ApproachingDataLimit, OverDataLimit, Roaming
      const status = getHint(hint);
      if (status !== 0) throw new Error(`GetNetworkConnectivityHint failed with ${status}`); // NO_ERROR is 0
      return { level: hint.readInt32LE(0), cost: hint.readInt32LE(4), roaming: hint.readUInt8(10) !== 0 };
    },
  };
}
