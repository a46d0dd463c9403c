import { expect, test } from 'vitest';
import { SpareBuffers } from './spare-buffers.js';
import { spareOf } from './worker-protocol.js';

test('a buffer that comes back carries the next bytes that it holds', () => {
  const spares = new SpareBuffers(2);
  const file = Uint8Array.from({ length: 20_000 }, (_, i) => i);
  const first = spares.copy(file);
  expect([first, first.buffer.byteLength]).toEqual([file, 65_536]);
  spares.put(first.buffer);
  const large = spares.copy(new Uint8Array(70_000));
  expect(large.buffer.byteLength).toBe(131_072); // the spare one is too small
  const second = spares.copy(file.subarray(1));
  expect([second.buffer === first.buffer, second]).toEqual([true, file.subarray(1)]);
  const third = spares.copy(file);
  expect(third.buffer).not.toBe(first.buffer); // it has been given away
});

test('small and huge bytes have copies of their own', () => {
  const spares = new SpareBuffers(2);
  spares.put(new ArrayBuffer(2 ** 19));
  for (const length of [0, 73, 2 ** 20]) expect(spares.copy(new Uint8Array(length)).buffer.byteLength).toBe(length);
});

test('few are kept, the largest, and none that is huge or came back empty', () => {
  const spares = new SpareBuffers(2);
  const [a, b, c] = [65_536, 262_144, 131_072].map((size) => new ArrayBuffer(size));
  for (const buffer of [a, b, c, new ArrayBuffer(2 ** 20), new ArrayBuffer(0)]) if (buffer) spares.put(buffer);
  const file = new Uint8Array(20_000);
  const taken = [1, 2, 3].map(() => spares.copy(file).buffer);
  expect([b, c, a].map((buffer) => buffer !== undefined && taken.includes(buffer))).toEqual([true, true, false]);
  if (b) spares.put(b);
  spares.clear();
  expect(spares.copy(file).buffer).not.toBe(b);
});

test('what an answer holds itself does not go back', () => {
  const bytes = new Uint8Array(new ArrayBuffer(8), 0, 2);
  const job = { type: 'decode', name: 'x', bytes, hint: {} } as const;
  const request = { id: 1, config: {}, job };
  const fault = { id: 1, type: 'fault', name: 'Error', message: '' } as const;
  expect(spareOf(request, fault)).toBe(bytes.buffer);
  const array = { dtype: 'uint8', shape: [1], data: bytes.subarray(1) } as const;
  expect(spareOf(request, { id: 1, type: 'array', array })).toBeUndefined();
  const own = { ...request, job: { ...job, bytes: Uint8Array.of(1, 2) } };
  expect(spareOf(own, fault)).toBeUndefined();
  const other = { ...request, job: { type: 'encode', name: 'x', array, options: {} } as const };
  expect(spareOf(other, fault)).toBeUndefined();
});
