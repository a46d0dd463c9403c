import { afterEach, expect, test, vi } from 'vitest';
import { kernelContract } from './kernels.contract.js';

kernelContract();

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test('where WebAssembly is refused, JavaScript does the work', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  const { loadKernels } = await import('./kernels.js');
  const { kernelInstance } = await import('./kernels-wasm.js');
  expect(kernelInstance()).toBeUndefined();
  const rgb = new Uint8Array(6);
  (await loadKernels()).rgbaToRgb(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), rgb);
  expect([...rgb]).toEqual([1, 2, 3, 5, 6, 7]);
});
