import { describe, expect, it } from 'vitest';
import { emptyOutline, enterPart, scaleOf } from './waveform.js';

describe('scaleOf', () => {
  it('brings each dtype between -1 and 1', () => {
    expect(scaleOf({ dtype: 'uint8', shape: [1, 1], data: new Uint8Array([128]) })(0)).toBe(-1);
    expect(scaleOf({ dtype: 'int16', shape: [1, 1], data: new Int16Array([1]) })(16384)).toBe(0.5);
    expect(scaleOf({ dtype: 'float32', shape: [1, 1], data: new Float32Array([0.3]) })(0.25)).toBe(0.25);
  });

  it('tells 24 bits from 32, and whole numbers in floats', () => {
    const narrow = new Int32Array([8388607]);
    expect(scaleOf({ dtype: 'int32', shape: [1, 1], data: narrow })(4194304)).toBe(0.5);
    const wide = new Int32Array([2147483647]);
    expect(scaleOf({ dtype: 'int32', shape: [1, 1], data: wide })(1073741824)).toBe(0.5);
    expect(scaleOf({ dtype: 'float64', shape: [1, 1], data: new Float64Array([5000]) })(2500)).toBe(0.5);
  });
});

describe('enterPart', () => {
  it('keeps the lowest and highest of each part, channel by channel', () => {
    const outline = emptyOutline(2, 2);
    const data = new Float32Array([0.1, -0.1, 0.5, -0.5, 0.25, 0, -0.75, 0]);
    enterPart(outline, { dtype: 'float32', shape: [4, 2], data }, { start: 0, length: 4, scale: Number });
    expect(outline.low.map((low) => [...low])).toEqual([
      [Math.fround(0.1), -0.75],
      [-0.5, 0],
    ]);
    expect(outline.high.map((high) => [...high])).toEqual([
      [0.5, 0.25],
      [Math.fround(-0.1), 0],
    ]);
  });

  it('leaves parts that were not read as unknown', () => {
    const outline = emptyOutline(1, 4);
    enterPart(
      outline,
      { dtype: 'int16', shape: [1, 1], data: new Int16Array([16384]) },
      { start: 2, length: 4, scale: (value) => Number(value) / 32768 },
    );
    expect([...(outline.low[0] ?? [])]).toEqual([1, 1, 0.5, 1]);
  });
});
