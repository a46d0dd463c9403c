import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDatasetError } from '../errors.js';
import { ByteReader, corrupt } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

describe('ByteReader and ByteWriter', () => {
  test.each([false, true])('read what was written (big-endian: %s)', (bigEndian) => {
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.nat(65535),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.double(),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.uint8Array({ maxLength: 200 }),
        (a, b, c, d, e, f, rest) => {
          const writer = new ByteWriter({ bigEndian, size: 1 });
          const bytes = writer.u8(a).u16(b).u32(c).f64(d).u64(e).count(f).version('3.9.52').bytes(rest).finish();
          const reader = new ByteReader(bytes, 'k', { bigEndian });
          const read = [reader.u8(), reader.u16(), reader.u32(), reader.f64(), reader.u64(), reader.count()];
          expect(read).toEqual([a, b, c, d, e, f]);
          expect(reader.version()).toBe('3.9.52');
          expect(reader.left).toBe(rest.length);
          expect([...reader.rest()]).toEqual([...rest]);
        },
      ),
    );
  });

  test('orders bytes as told', () => {
    expect([...new ByteWriter().u32(1).finish()]).toEqual([1, 0, 0, 0]);
    expect([...new ByteWriter({ bigEndian: true }).u32(1).finish()]).toEqual([0, 0, 0, 1]);
    expect(new ByteReader(Uint8Array.of(255, 255, 255, 255), 'k').i32()).toBe(-1);
    expect([...new ByteReader(Uint8Array.of(9, 1, 0, 0, 0).subarray(1), 'k').u32s(1)]).toEqual([1]);
  });

  test('the writer refuses what is no count', () => {
    for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => new ByteWriter().count(wrong)).toThrow(RangeError);
  });

  test('stops at the end of the bytes, naming key, expected and got', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3), 'a/b');
    reader.u8();
    const steps = [() => reader.u32(), () => reader.u64(), () => reader.take(3), () => reader.u32s(2 ** 30)];
    for (const step of steps) {
      try {
        step();
        expect.unreachable();
      } catch (error) {
        expect(isDatasetError(error, 'corrupt') && error.data).toMatchObject({ key: 'a/b', got: 3 });
      }
    }
    expect(() => reader.take(3)).toThrow('Cannot read a/b: 3 bytes at offset 1: expected 4 bytes, got 3.');
    expect(reader.at).toBe(1);
  });

  test('refuses counts that a number cannot hold, and odd versions', () => {
    const huge = new ByteWriter().u64(2n ** 53n).finish();
    expect(() => new ByteReader(huge, 'k').count()).toThrow('less than 2^53');
    for (const bytes of [[0], [2, 0x33], [1, 0x07]]) {
      expect(() => new ByteReader(Uint8Array.from(bytes), 'k').version()).toThrow('Cannot read k');
    }
  });

  test('numbers in an error are bytes, anything else is text', () => {
    expect(corrupt('k', 'table', 'lz4', 'other').message).toContain('table: expected lz4, got other.');
    expect(corrupt('k', 'table', 8, 7).data).toEqual({ key: 'k', expected: 8, got: 7 });
  });
});
