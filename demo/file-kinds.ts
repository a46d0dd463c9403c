/** The kinds of files that the dataset keeps: a tensor for each format, created with the first file of it. */
import {
  audio,
  type CommonTensorOptions,
  createDataset,
  dicom,
  image,
  isDatasetError,
  type MetaHtype,
  mesh,
  nifti,
  pointCloud,
  read,
  type Schema,
  video,
} from '../src/index.js';
import { memoryStore } from '../src/stores.js';
import { mapInParts } from './map-in-parts.js';

/** htypes that have a viewer. */
export type Kind = 'image' | 'video' | 'audio' | 'dicom' | 'nifti' | 'point_cloud' | 'mesh';

/** What a person calls a sample of a kind. */
export const nouns: Readonly<Record<Kind, string>> = {
  image: 'Photo',
  video: 'Video',
  audio: 'Sound',
  dicom: 'Scan',
  nifti: 'Volume',
  point_cloud: 'Point cloud',
  mesh: 'Mesh',
};

/** Definitions of tensors by name: one for each format. */
const tensors = {
  images: image({ sampleCompression: 'jpeg' }),
  images_png: image({ sampleCompression: 'png' }),
  images_webp: image({ sampleCompression: 'webp' }),
  images_gif: image({ sampleCompression: 'gif' }),
  images_tiff: image({ sampleCompression: 'tiff' }),
  images_bmp: image({ sampleCompression: 'bmp' }),
  images_dib: image({ sampleCompression: 'dib' }),
  images_jpeg2000: image({ sampleCompression: 'jpeg2000' }),
  images_mpo: image({ sampleCompression: 'mpo' }),
  images_ico: image({ sampleCompression: 'ico' }),
  images_pcx: image({ sampleCompression: 'pcx' }),
  images_ppm: image({ sampleCompression: 'ppm' }),
  images_sgi: image({ sampleCompression: 'sgi' }),
  images_tga: image({ sampleCompression: 'tga' }),
  images_xbm: image({ sampleCompression: 'xbm' }),
  images_fli: image({ sampleCompression: 'fli' }),
  images_im: image({ sampleCompression: 'im' }),
  images_msp: image({ sampleCompression: 'msp' }),
  images_eps: image({ sampleCompression: 'eps' }),
  images_wmf: image({ sampleCompression: 'wmf' }),
  videos_mp4: video({ sampleCompression: 'mp4' }),
  videos_mkv: video({ sampleCompression: 'mkv' }),
  videos_avi: video({ sampleCompression: 'avi' }),
  sounds_mp3: audio({ sampleCompression: 'mp3' }),
  sounds_wav: audio({ sampleCompression: 'wav' }),
  sounds_flac: audio({ sampleCompression: 'flac' }),
  scans: dicom({ sampleCompression: 'dcm' }),
  volumes_nii: nifti({ sampleCompression: 'nii' }),
  volumes_nii_gz: nifti({ sampleCompression: 'nii.gz' }),
  points: pointCloud({ sampleCompression: 'las' }),
  meshes_ply: mesh({ sampleCompression: 'ply' }),
  meshes_stl: mesh({ sampleCompression: 'stl' }),
} satisfies Schema;

/** A tensor that a file goes to, which may not be there yet. */
export interface Destination {
  readonly name: string;
  /** For `createTensor`. */
  readonly options: CommonTensorOptions;
}

const byCompression: ReadonlyMap<string, Destination> = new Map(
  Object.entries(tensors).map(([name, options]) => [options.sampleCompression, { name, options }]),
);

// Enough for every magic number; a name counts where the bytes say nothing.
const HEAD_BYTES = 512;
const FILES_AT_ONCE = 32;
const USUAL_AXES = 3;
// All samples of a tensor have one number of axes, but these files may have more: frames, or time.
const severalAxes: ReadonlySet<string> = new Set(['scans', 'volumes_nii', 'volumes_nii_gz']);

/** The kind of an htype as spelled in the metadata; undefined when it has no viewer. Sequences count as what they hold. */
export function kindOf(htype: MetaHtype<string>): Kind | undefined {
  const base = htype.replace(/^sequence\[(.*)\]$/, '$1').replace(/^image\.(rgb|gray)$/, 'image');
  return isKind(base) ? base : undefined;
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(nouns, name);
}

/** The tensor of each file, by its first bytes and its name; undefined for files of no known format. */
export function destinationsOf(
  files: readonly File[],
  signal: AbortSignal,
): Promise<readonly (Destination | undefined)[]> {
  return mapInParts(files, FILES_AT_ONCE, signal, destinationOf);
}

async function destinationOf(file: File): Promise<Destination | undefined> {
  try {
    const { compression } = await read(file.slice(0, HEAD_BYTES), { filename: file.name }).load();
    const found = byCompression.get(compression);
    if (!found || !severalAxes.has(found.name)) return found;
    const axes = await axesOf(file, found);
    return axes === USUAL_AXES ? found : { ...found, name: `${found.name}_${axes}d` };
  } catch (error) {
    if (isDatasetError(error, 'codec', 'storage')) return undefined; // told when the file itself is read
    throw error;
  }
}

/** The number of axes of a file, as a dataset in memory records it; the usual one when it cannot be read. */
async function axesOf(file: File, { name, options }: Destination): Promise<number> {
  const trial = await createDataset(memoryStore());
  try {
    const tensor = await trial.createTensor(name, options);
    await trial.append({ [name]: read(file) });
    return tensor.shape.length - 1;
  } catch (error) {
    if (isDatasetError(error, 'codec', 'unsupported', 'sample-mismatch')) return USUAL_AXES;
    throw error;
  } finally {
    await trial.close();
  }
}
