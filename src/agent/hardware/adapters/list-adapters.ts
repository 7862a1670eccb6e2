import { create, globals } from 'webgpu';
import type { GraphicsAdapter } from './graphics-adapter.ts';

// Prints the graphics adapters of this machine as JSON: a program of its own, because a driver that crashes takes its process along.

/** Dawn lists its adapters only when it finds none of a name. */
const NO_NAME = 'Nightshift lists adapters';
const LINE = /backend: '([^']*)', name: '(.*)'$/;
const SOFTWARE = /llvmpipe|swiftshader|lavapipe|basic render/i;

Object.assign(globalThis, globals);

async function namesOf(): Promise<readonly { readonly backend: string; readonly name: string }[]> {
  try {
    await create([`adapter=${NO_NAME}`]).requestAdapter();
    return [];
  } catch (error) {
    const lines = (error instanceof Error ? error.message : '').split('\n');
    return lines.flatMap((line) => {
      const [, backend, name] = LINE.exec(line.trim()) ?? [];
      return backend === undefined || name === undefined || backend === 'null' ? [] : [{ backend, name }];
    });
  }
}

const adapters: GraphicsAdapter[] = [];
for (const { backend, name } of await namesOf()) {
  const gpu = create([`backend=${backend}`, `adapter=${name}`]);
  const info = (await gpu.requestAdapter())?.info;
  adapters.push({
    name,
    backend,
    vendor: info?.vendor ?? '',
    architecture: info?.architecture ?? '',
    description: info?.description ?? '',
    isSoftware: info?.isFallbackAdapter === true || SOFTWARE.test(name),
  });
}
process.stdout.write(JSON.stringify(adapters), () => process.exit(0)); // Dawn may never let a process end by itself
