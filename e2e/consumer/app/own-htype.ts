import { type CommonTensorOptions, DatasetError, type NdArray, type NumericInput, registerHtype } from 'lakelet';

declare module 'lakelet' {
  interface HtypeMap<O> {
    quaternion: { in: NumericInput; out: NdArray<'float32'> };
  }
  interface HtypeOptions {
    quaternion: CommonTensorOptions;
  }
}

registerHtype({
  htype: 'quaternion',
  dtype: 'float32',
  checkShape(shape) {
    if (shape.at(-1) === 4) return;
    const [expected, got] = ['four numbers to a rotation', `shape (${shape})`];
    throw new DatasetError('sample-mismatch', `Got ${got}. Pass ${expected}.`, { expected, got });
  },
});
