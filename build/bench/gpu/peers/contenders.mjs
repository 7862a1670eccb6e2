// The peers behind one interface, each with its own device from the WebGPU instance at navigator.gpu. Measured by ../measure.ts.
import * as jax from '@jax-js/jax';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';

/** WEBGPU_MATMUL_PROGRAM_TYPE: its own choice, split k, small output, packed. The fourth, reduce, is for vectors and refuses these sizes. */
const TFJS_PROGRAMS = [-1, 1, 2, 3];

async function startTfjs() {
  await tf.setBackend('webgpu');
  const backend = tf.backend();
  return {
    name: 'tfjs',
    settings: TFJS_PROGRAMS.map((program) => `program ${program}`),
    prepare: (n, left, right) => {
      const [a, b] = [tf.tensor2d(left, [n, n]), tf.tensor2d(right, [n, n])];
      return {
        async multiply(setting) {
          tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', Number(setting.split(' ')[1]));
          const startedMs = performance.now();
          const product = tf.matMul(a, b);
          backend.endComputePassEncoder();
          backend.submitQueue();
          await backend.queue.onSubmittedWorkDone();
          return { tookMs: performance.now() - startedMs, values: () => product.data(), dispose: () => product.dispose() };
        },
        dispose: () => tf.dispose([a, b]),
      };
    },
  };
}

async function startJax() {
  await jax.init('webgpu');
  jax.defaultDevice('webgpu');
  const { numpy } = jax;
  const ways = { eager: numpy.matmul, jit: jax.jit((a, b) => numpy.matmul(a, b)) };
  return {
    name: 'jax-js',
    settings: Object.keys(ways),
    prepare: (n, left, right) => {
      const [a, b] = [left, right].map((values) => numpy.array(values).reshape([n, n]));
      return {
        async multiply(setting) {
          const startedMs = performance.now();
          const product = ways[setting](a.ref, b.ref);
          await product.blockUntilReady();
          return { tookMs: performance.now() - startedMs, values: () => product.ref.data(), dispose: () => product.dispose() };
        },
        dispose: () => [a, b].map((each) => each.dispose()),
      };
    },
  };
}

export const startPeers = async () => [await startJax(), await startTfjs()];
