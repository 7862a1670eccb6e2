import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The worker app's UI. The agent serves it under a CSP without 'unsafe-inline', so nothing may be inlined into the page. */
export default defineConfig({
  root: at('../renderer/worker'),
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: at('../dist/renderer/worker'),
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The screens but the first are chunks, fetched soon after the start, because they cannot be fetched while the agent is away.
  },
});
