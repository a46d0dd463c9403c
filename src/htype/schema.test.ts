import { expect, expectTypeOf, test } from 'vitest';
import type { Dtype, NdArray } from '../format/dtypes.js';
import type { BinaryMaskSample } from './binary-mask.js';
import type { BoxSample } from './boxes.js';
import {
  bbox,
  bbox3d,
  binaryMask,
  classLabel,
  embedding,
  generic,
  image,
  imageGray,
  imageRgb,
  instanceLabel,
  intrinsics,
  json,
  keypointsCoco,
  list,
  point,
  polygon,
  segmentMask,
  sequence,
  tag,
  text,
} from './builders.js';
import type { LabelSample } from './class-label.js';
import type { FileSample } from './file-sample.js';
import type { ImageSample } from './image-sample.js';
import type { KeypointsSample } from './keypoints-coco.js';
import type { ImageInput, In, InputOf, JsonInput, NdArrayInput, Out, OutputOf } from './schema.js';
import type { SegmentMaskSample } from './segment-mask.js';

const schema = {
  numbers: generic(),
  exact: generic({ dtype: 'float64' }),
  images: image({ sampleCompression: 'jpeg' }),
  photos: imageRgb({ sampleCompression: 'jpeg' }),
  scans: imageGray({ chunkCompression: 'png' }),
  labels: classLabel(['cat', 'dog']),
  tags: tag(),
  boxes: bbox(),
  space: bbox3d({ coords: { mode: 'center' } }),
  camera: intrinsics(),
  segments: segmentMask(['sky', 'road'], { sampleCompression: 'lz4' }),
  free: segmentMask(),
  small: segmentMask(['sky'], { dtype: 'uint8' }),
  masks: binaryMask(),
  pose: keypointsCoco({ keypoints: ['knee', 'foot'], connections: [[0, 1]] }),
  clicks: point({ dtype: 'float32' }),
  outlines: polygon(),
  caption: text(),
  notes: json({ dtype: 'Dict[str, int]' }),
  steps: list(),
  instances: instanceLabel(),
  vector: embedding(),
  frames: sequence(polygon()),
};
type S = typeof schema;
type I<K extends keyof S> = InputOf<S[K]>;
type O<K extends keyof S> = OutputOf<S[K]>;

test('what a read gives', () => {
  expectTypeOf<O<'numbers'>>().toEqualTypeOf<NdArray<Dtype>>();
  expectTypeOf<O<'exact'>['data']>().toEqualTypeOf<Float64Array<ArrayBuffer>>();
  expectTypeOf<O<'images'>>().toEqualTypeOf<ImageSample>();
  expectTypeOf<O<'photos'>>().toEqualTypeOf<ImageSample>();
  expectTypeOf<O<'scans'>>().toEqualTypeOf<ImageSample>();
  expectTypeOf<O<'labels'>>().toEqualTypeOf<LabelSample<'cat' | 'dog'>>();
  expectTypeOf<O<'tags'>>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<O<'boxes'>>().toEqualTypeOf<BoxSample<'float32'>>();
  expectTypeOf<O<'space'>['coords']['mode']>().toEqualTypeOf<'center' | 'vertex' | undefined>();
  expectTypeOf<O<'camera'>>().toEqualTypeOf<NdArray<'float32'>>();
  expectTypeOf<O<'segments'>>().toEqualTypeOf<SegmentMaskSample<'sky' | 'road', 'uint32'>>();
  expectTypeOf<O<'free'>>().toEqualTypeOf<SegmentMaskSample<string, 'uint32'>>();
  expectTypeOf<O<'small'>['data']>().toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf<O<'masks'>>().toEqualTypeOf<BinaryMaskSample<'bool'>>();
  expectTypeOf<O<'pose'>>().toEqualTypeOf<KeypointsSample<'knee' | 'foot', 'int32'>>();
  expectTypeOf<O<'pose'>['objects'][number]['points'][number]['name']>().toEqualTypeOf<'knee' | 'foot' | undefined>();
  expectTypeOf<O<'clicks'>['data']>().toEqualTypeOf<Float32Array<ArrayBuffer>>();
  expectTypeOf<O<'outlines'>>().toEqualTypeOf<readonly NdArray<'float32'>[]>();
  expectTypeOf<O<'caption'>>().toEqualTypeOf<string>();
  expectTypeOf<O<'notes'>>().toEqualTypeOf<unknown>();
  expectTypeOf<O<'steps'>>().toEqualTypeOf<readonly unknown[]>();
  expectTypeOf<O<'instances'>>().toEqualTypeOf<NdArray<'uint32'>>();
  expectTypeOf<O<'vector'>>().toEqualTypeOf<NdArray<'float32'>>();
  expectTypeOf<O<'frames'>>().toEqualTypeOf<readonly (readonly NdArray<'float32'>[])[]>();
  expectTypeOf<Out<'sequence[tag]', object>>().toEqualTypeOf<readonly (readonly string[])[]>();
});

test('what is taken', () => {
  const matrix: number[][] = [[1, 2]];
  const array: NdArrayInput = { data: new Float32Array(2), shape: [1, 2] };
  expectTypeOf<I<'photos'>>().toEqualTypeOf<ImageInput>();
  expectTypeOf<I<'scans'>>().toEqualTypeOf<ImageInput>();
  expectTypeOf<I<'tags'>>().toEqualTypeOf<string | readonly string[] | null>();
  expectTypeOf<I<'caption'>>().toEqualTypeOf<string | null>();
  expectTypeOf<I<'notes'>>().toEqualTypeOf<JsonInput>();
  expectTypeOf<'cat' | readonly ('cat' | 'dog')[] | 0>().toExtend<I<'labels'>>();
  expectTypeOf<readonly [1, 2, 3, 4][]>().toExtend<I<'boxes'>>();
  for (const input of [matrix, array, null]) {
    expectTypeOf(input).toExtend<I<'space'>>();
    expectTypeOf(input).toExtend<I<'camera'>>();
    expectTypeOf(input).toExtend<I<'segments'>>();
    expectTypeOf(input).toExtend<I<'masks'>>();
    expectTypeOf(input).toExtend<I<'pose'>>();
    expectTypeOf(input).toExtend<I<'clicks'>>();
    expectTypeOf(input).toExtend<I<'instances'>>();
    expectTypeOf(input).toExtend<I<'vector'>>();
    expectTypeOf(input).toExtend<I<'numbers'>>();
  }
  expectTypeOf<Float64Array<ArrayBuffer>>().toExtend<I<'vector'>>();
  expectTypeOf<Blob | FileSample>().toExtend<I<'segments'> & I<'masks'> & I<'instances'>>();
  expectTypeOf<number[][][]>().toExtend<I<'outlines'>>();
  expectTypeOf<NdArrayInput[]>().toExtend<I<'outlines'>>();
  expectTypeOf<(string | { a: number })[]>().toExtend<I<'steps'>>();
  expectTypeOf<Uint8Array<ArrayBuffer>>().toExtend<I<'steps'>>();
  expectTypeOf<number[][][][]>().toExtend<I<'frames'>>();
  // What a read gives can be appended to another tensor of the htype.
  expectTypeOf<O<'segments'>>().toExtend<I<'segments'>>();
  expectTypeOf<O<'masks'>>().toExtend<I<'masks'>>();
  expectTypeOf<O<'pose'>>().toExtend<I<'pose'>>();
  expectTypeOf<O<'boxes'>>().toExtend<I<'boxes'>>();
  expectTypeOf<O<'space'>>().toExtend<I<'space'>>();
  expectTypeOf<O<'outlines'>>().toExtend<I<'outlines'>>();
  expectTypeOf<O<'tags'>>().toExtend<I<'tags'>>();
  expectTypeOf<O<'photos'>>().toExtend<I<'scans'>>();
  expect(Object.keys(schema).length).toBe(23);
});

test('what is not taken', () => {
  expectTypeOf<5>().not.toExtend<I<'tags'>>();
  expectTypeOf<[null]>().not.toExtend<I<'tags'>>();
  expectTypeOf<'cow'>().not.toExtend<I<'labels'>>();
  expectTypeOf<[[1, 2, 3]]>().not.toExtend<I<'boxes'>>();
  expectTypeOf<5>().not.toExtend<I<'clicks'>>();
  expectTypeOf<5>().not.toExtend<I<'segments'>>();
  expectTypeOf<string>().not.toExtend<I<'vector'>>();
  expectTypeOf<string>().not.toExtend<I<'photos'>>();
  expectTypeOf<string>().not.toExtend<I<'steps'>>();
  expectTypeOf<number[]>().not.toExtend<I<'outlines'>>();
  expectTypeOf<Date>().not.toExtend<I<'notes'>>();
  expectTypeOf<In<'polygon', object>>().not.toEqualTypeOf<unknown>();
});

test('options that an htype does not have are errors of type', () => {
  // @ts-expect-error no such mode
  bbox3d({ coords: { mode: 'corner' } });
  // @ts-expect-error boxes in space have no unit
  bbox3d({ coords: { type: 'pixel' } });
  // @ts-expect-error pixels are uint8
  imageRgb({ sampleCompression: 'png', dtype: 'float32' as const, intrinsics: null });
  // @ts-expect-error connections are pairs of numbers
  keypointsCoco({ connections: ['a-b'] });
  // @ts-expect-error polygons are no pictures
  polygon({ sampleCompression: 'png' });
  // @ts-expect-error embeddings are no pictures
  embedding({ chunkCompression: 'jpeg' });
  // @ts-expect-error points have no names
  point({ classNames: ['a'] });
  // @ts-expect-error no number type
  segmentMask(['a'], { dtype: 'uint7' });
  expect(segmentMask(['a'], { sampleCompression: 'lz4' })).toEqual({
    htype: 'segment_mask',
    classNames: ['a'],
    sampleCompression: 'lz4',
  });
  expect(segmentMask()).toEqual({ htype: 'segment_mask' });
  expect(keypointsCoco({ keypoints: ['a'] })).toEqual({ htype: 'keypoints_coco', keypoints: ['a'] });
});
