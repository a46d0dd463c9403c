/** Which viewer shows what: a line for each kind, loaded when the first sample of it is met. */
import { ImageSample } from '../../src/index.js';
import type { Kind } from '../file-kinds.js';
import type { Shown } from '../row-source.js';
import type { PosterOptions, Viewer } from './types.js';

const viewers: Readonly<Record<Exclude<Kind, 'image'>, () => Promise<Viewer>>> = {
  video: () => import('./video-viewer.js').then((m) => m.videoViewer),
  audio: () => import('./sound-viewer.js').then((m) => m.soundViewer),
  dicom: () => import('./dicom-viewer.js').then((m) => m.dicomViewer),
  nifti: () => import('./volume-viewer.js').then((m) => m.volumeViewer),
  point_cloud: () => import('./points-viewer.js').then((m) => m.pointsViewer),
  mesh: () => import('./mesh-viewer.js').then((m) => m.meshViewer),
};

const sources: Readonly<Record<Kind, string>> = {
  image: 'panels/box-panel.ts',
  video: 'viewers/video-viewer.ts',
  audio: 'viewers/sound-viewer.ts',
  dicom: 'viewers/dicom-viewer.ts',
  nifti: 'viewers/volume-viewer.ts',
  point_cloud: 'viewers/points-viewer.ts',
  mesh: 'viewers/mesh-viewer.ts',
};

/** Loads the viewer of a kind. */
export function loadViewer(kind: Exclude<Kind, 'image'>): Promise<Viewer> {
  return viewers[kind]();
}

/** The file that shows a kind, as seen from `demo/`. */
export function sourceOf(kind: Kind): string {
  return sources[kind];
}

/** Makes the small picture of a sample. The caller closes it. @throws {DatasetError} when it cannot be decoded */
export async function posterOf({ kind, sample }: Shown, options: PosterOptions): Promise<ImageBitmap> {
  const { width, signal } = options;
  if (sample instanceof ImageSample) return sample.toBitmap({ maxWidth: width, signal });
  if (kind === 'image') throw new TypeError('An image tensor gave no image.');
  return (await loadViewer(kind)).poster(sample, options);
}
