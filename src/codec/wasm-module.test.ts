import { afterEach, expect, test, vi } from 'vitest';
import { isDatasetError } from '../errors.js';
import { compileWasm } from './wasm-module.js';

const module = (bytes: readonly number[]): URL =>
  new URL(`data:application/wasm;base64,${Buffer.from(Uint8Array.from(bytes)).toString('base64')}`);
const empty = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const isStorage = (error: unknown): boolean => isDatasetError(error, 'storage') && error.data.reason === 'failed';

afterEach(() => vi.unstubAllGlobals());

test('a module is compiled', async () => {
  expect(await compileWasm(module(empty))).toBeInstanceOf(WebAssembly.Module);
});

test.each([
  ['a page in its place', [...'<!doctype html>'].map((letter) => letter.charCodeAt(0))],
  ['nothing', []],
  ['a module that is cut off', [...empty, 1, 9, 0]],
])('%s is told, and not taken for a policy', async (_, bytes) => {
  await expect(compileWasm(module(bytes))).rejects.toSatisfy(isStorage);
});

test('where WebAssembly is forbidden or missing there is none, and no error', async () => {
  const refuse = () => Promise.reject(new WebAssembly.CompileError('blocked by policy'));
  vi.stubGlobal('WebAssembly', { CompileError: WebAssembly.CompileError, compile: refuse });
  expect(await compileWasm(module(empty))).toBeUndefined();
  vi.stubGlobal('WebAssembly', undefined);
  expect(await compileWasm(module(empty))).toBeUndefined();
});
