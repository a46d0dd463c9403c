/**
 * Work of codecs that is neither decoding nor encoding of a whole sample, such as turning the frame of a video into RGB.
 *
 * A task is a line in {@link TaskMap}, which gives its types, and one in {@link tasks}, which loads it when first needed.
 */
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import type { Awaitable } from '../util/bytes.js';
import type { FfmpegInput } from './ffmpeg.js';
import type { FlacPart } from './flac-part.js';
import type { LasColumns, LasJob } from './las-columns.js';
import type { Mp3Part } from './mp3-part.js';
import type { NiiJob } from './nii-numbers.js';
import type { MeshElements, PlyJob } from './ply-elements.js';
import type { Painted, PaintInput } from './rgba.js';
import type { MeshGeometry, MeshJob } from './stl-mesh.js';
import type { CodecConfig } from './types.js';
import type { PictureInput, RawPicture } from './video-picture.js';

/** Input and output of each task. Both cross between threads: plain data, typed arrays, and what else can be cloned. */
export type TaskMap = {
  /** Decodes some frames of a FLAC file. */
  'flac-part': { input: FlacPart; output: NdArray };
  /** Takes points of a LAS or LAZ file apart. */
  'las-columns': { input: LasJob; output: LasColumns };
  /** Reads positions, triangles and normals of a mesh file. */
  'mesh-geometry': { input: MeshJob; output: MeshGeometry };
  /** Decodes some frames of an MP3 file. */
  'mp3-part': { input: Mp3Part; output: NdArray };
  /** Makes an array of the numbers of a volume, or of a part of it. */
  'nii-numbers': { input: NiiJob; output: NdArray };
  /** Reads elements of a PLY file. */
  'ply-elements': { input: PlyJob; output: MeshElements };
  /** Turns a decoded picture into RGBA pixels for a screen, smaller or turned. */
  paint: { input: PaintInput; output: Painted };
  /** Decodes frames of video that the platform does not decode. */
  'video-ffmpeg': { input: FfmpegInput; output: readonly RawPicture[] };
  /** Turns a frame of a video into RGB. */
  'video-rgb': { input: PictureInput; output: NdArray<'uint8'> };
};

/** Name of a task. */
export type TaskName = keyof TaskMap;
/** What a task takes. */
export type TaskInput<K extends TaskName> = TaskMap[K]['input'];
/** What a task gives. */
export type TaskOutput<K extends TaskName> = TaskMap[K]['output'];

/** Does a task. Buffers inside of the result are handed over: they may be of nobody else. */
export type Task<K extends TaskName> = (input: TaskInput<K>, config: CodecConfig) => Awaitable<TaskOutput<K>>;

/** Options of a call that runs a task. */
export interface TaskOptions extends CallOptions {
  /** What of the input is handed over and not copied, once the task has begun. */
  readonly transfer?: readonly Transferable[];
}

const tasks: { readonly [K in TaskName]: () => Promise<Task<K>> } = {
  'flac-part': () => import('./flac-part.js').then((m) => m.decodeFlacPart),
  'las-columns': () => import('./las-columns.js').then((m) => m.readLasColumns),
  'mesh-geometry': () => import('./stl-mesh.js').then((m) => m.readMeshGeometry),
  'mp3-part': () => import('./mp3-part.js').then((m) => m.decodeMp3Part),
  'nii-numbers': () => import('./nii-numbers.js').then((m) => m.readNiiNumbers),
  'ply-elements': () => import('./ply-elements.js').then((m) => m.readPlyElements),
  paint: () => import('./rgba.js').then((m) => m.paint),
  'video-ffmpeg': () => import('./ffmpeg.js').then((m) => m.decodeWithFfmpeg),
  'video-rgb': () => import('./video-picture.js').then((m) => m.rgbOfPicture),
};

/** Loads a task. */
export function loadTask<K extends TaskName>(name: K): Promise<Task<K>> {
  return tasks[name]();
}

const MAX_DEPTH = 4; // outputs are shallow

/** What of an output can be handed over: the buffers of typed arrays, and frames, wherever they lie in it. */
export function transferablesOf(value: unknown, depth = 0): Transferable[] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return [];
  if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
  if (value instanceof ArrayBuffer) return [value];
  if (typeof ImageBitmap !== 'undefined' && value instanceof ImageBitmap) return [value];
  if (typeof VideoFrame !== 'undefined' && value instanceof VideoFrame) return [value];
  return [...new Set(Object.values(value).flatMap((inner) => transferablesOf(inner, depth + 1)))];
}
