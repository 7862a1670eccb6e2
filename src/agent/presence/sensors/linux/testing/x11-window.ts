import { connectX, type XConnection } from '../x11-connection.ts';
import { localDisplay } from '../x11-display.ts';
import { internAtom, parseAtom, type Rectangle } from '../x11-wire.ts';

export interface WindowPlan {
  readonly place: Rectangle;
  readonly wmClass?: string;
  readonly overrideRedirect?: boolean;
  /** EWMH names, put on the window before it is shown. */
  readonly states?: readonly string[];
  readonly types?: readonly string[];
}

/** A program of the test's own that shows windows. */
export interface WindowProgram {
  show(plan: WindowPlan): Promise<{ close(): void }>;
  close(): void;
}

/** X protocol, appendix B. */
const [CREATE_WINDOW, DESTROY_WINDOW, MAP_WINDOW, CHANGE_PROPERTY] = [1, 4, 8, 18];
const [ATOM, STRING, WM_CLASS] = [4, 31, 67];
const INPUT_OUTPUT = 1;
const CW_OVERRIDE_REDIRECT = 1 << 9;

export async function openWindowProgram(displayName: string): Promise<WindowProgram> {
  const display = localDisplay({ DISPLAY: displayName });
  if (!display) throw new Error(`${displayName} is no display`);
  const x = await connectX({}, display, null, () => undefined, new AbortController().signal);
  let windows = 0;

  function change(window: number, property: number, type: number, format: 8 | 32, data: Buffer): void {
    const bytes = Buffer.alloc(24 + Math.ceil(data.length / 4) * 4);
    bytes.writeUInt8(CHANGE_PROPERTY, 0);
    bytes.writeUInt16LE(bytes.length / 4, 2);
    bytes.writeUInt32LE(window, 4);
    bytes.writeUInt32LE(property, 8);
    bytes.writeUInt32LE(type, 12);
    bytes.writeUInt8(format, 16);
    bytes.writeUInt32LE(data.length / (format / 8), 20);
    data.copy(bytes, 24);
    x.tell(bytes);
  }

  return {
    async show(plan) {
      windows += 1;
      const window = x.setup.idBase + windows;
      const create = Buffer.alloc(36);
      create.writeUInt8(CREATE_WINDOW, 0);
      create.writeUInt16LE(create.length / 4, 2);
      create.writeUInt32LE(window, 4);
      create.writeUInt32LE(x.setup.root, 8);
      create.writeInt16LE(plan.place.x, 12);
      create.writeInt16LE(plan.place.y, 14);
      create.writeUInt16LE(plan.place.width, 16);
      create.writeUInt16LE(plan.place.height, 18);
      create.writeUInt16LE(INPUT_OUTPUT, 22);
      create.writeUInt32LE(CW_OVERRIDE_REDIRECT, 28);
      create.writeUInt32LE(plan.overrideRedirect ? 1 : 0, 32);
      x.tell(create);
      if (plan.wmClass) change(window, WM_CLASS, STRING, 8, Buffer.from(`${plan.wmClass.toLowerCase()}\0${plan.wmClass}\0`));
      if (plan.states) change(window, await atomOf(x, '_NET_WM_STATE'), ATOM, 32, await atomList(x, plan.states));
      if (plan.types) change(window, await atomOf(x, '_NET_WM_WINDOW_TYPE'), ATOM, 32, await atomList(x, plan.types));
      x.tell(short(MAP_WINDOW, window));
      return { close: () => x.tell(short(DESTROY_WINDOW, window)) };
    },
    close: x.close,
  };
}

function short(opcode: number, window: number): Buffer {
  const bytes = Buffer.from([opcode, 0, 2, 0, 0, 0, 0, 0]);
  bytes.writeUInt32LE(window, 4);
  return bytes;
}

async function atomOf(x: XConnection, name: string): Promise<number> {
  const reply = await x.ask(internAtom(name));
  if (!reply) throw new Error(`no atom ${name}`);
  return parseAtom(reply);
}

async function atomList(x: XConnection, names: readonly string[]): Promise<Buffer> {
  const data = Buffer.alloc(names.length * 4);
  for (const [index, name] of names.entries()) data.writeUInt32LE(await atomOf(x, name), 4 * index);
  return data;
}
