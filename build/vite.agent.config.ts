import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What dockerode loads at once for what Nightshift never asks of it, BuildKit sessions (gRPC) and engines over SSH: 8 MB of the agent's
 * memory. The modules that would load it become one that says so.
 */
const unused = /[\\/](?:dockerode[\\/]lib[\\/](?:session|buildkit)|docker-modem[\\/]lib[\\/]ssh)\.js$/;
const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  load: {
    filter: { id: unused },
    handler: (id) =>
      `module.exports = () => { throw new Error(${JSON.stringify(`Nightshift is built without ${id.split(/[\\/]node_modules[\\/]/).at(-1)}`)}); };`,
  },
};

/** A file that a module finds beside itself (`new URL('x', import.meta.url)`) lies beside the module's source, wherever the bundle is. */
const keepPlaces: Plugin = {
  name: 'keep-places',
  transform: {
    filter: { id: { exclude: /^\0/ }, code: 'import.meta.url' },
    handler(code, id) {
      const source = relative(root, id).split(sep).join('/');
      return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(`../../../${source}`)}, import.meta.url).href`);
    },
  },
};

/** The program as one bundle, which costs the agent 40 MB of memory less than modules of TypeScript. See bundle.mjs. */
export default defineConfig({
  root,
  publicDir: false,
  plugins: [leaveOutUnused, keepPlaces],
  ssr: { noExternal: true, external: ['better-sqlite3', 'koffi', 'webgpu'] },
  build: {
    ssr: 'src/cli/main.ts',
    target: 'node24',
    minify: false, // so that a stack trace names what it met
    rolldownOptions: { output: { entryFileNames: 'main.mjs', chunkFileNames: '[name]-[hash].mjs' } },
  },
});
