import koffi from 'koffi';

/** XINPUT_STATE (xinput.h). */
export interface PadState {
  readonly packet: number;
  readonly buttons: number;
  /** 0 to 255. */
  readonly leftTrigger: number;
  readonly rightTrigger: number;
  /** -32768 to 32767. */
  readonly leftX: number;
  readonly leftY: number;
  readonly rightX: number;
  readonly rightY: number;
}

export interface XInput {
  /** Null: nothing is connected there. `slot`: 0 to 3. */
  state(slot: number): PadState | null;
}

/** winerror.h */
const ERROR_SUCCESS = 0;
const ERROR_DEVICE_NOT_CONNECTED = 1167;

/** Throws where xinput1_4.dll (Windows 8 and later) is missing. */
export function loadXInput(): XInput {
  const library = koffi.load('xinput1_4.dll');
  const getState: (slot: number, state: Buffer) => number = library.func('__stdcall', 'XInputGetState', 'uint32_t', ['uint32_t', 'void *']);
  const state = Buffer.alloc(16); // XINPUT_STATE: dwPacketNumber, XINPUT_GAMEPAD
  return {
    state(slot) {
      const answer = getState(slot, state);
      if (answer === ERROR_DEVICE_NOT_CONNECTED) return null;
      if (answer !== ERROR_SUCCESS) throw new Error(`XInputGetState failed with ${answer}`);
      return {
        packet: state.readUInt32LE(0),
        buttons: state.readUInt16LE(4),
        leftTrigger: state.readUInt8(6),
        rightTrigger: state.readUInt8(7),
        leftX: state.readInt16LE(8),
        leftY: state.readInt16LE(10),
        rightX: state.readInt16LE(12),
        rightY: state.readInt16LE(14),
      };
    },
  };
}
