import type { DicomTag } from '../codec/dcm-header.js';
import type { DicomPicture } from '../codec/dicom-display.js';
import { DatasetError, errorAt } from '../errors.js';
import type { NdArray } from '../format/dtypes.js';
import type { CallOptions } from '../store/types.js';
import { requireBitmaps } from './bitmaps.js';
import type { BitmapOptions } from './image-sample.js';
import { MediaSample, type PartOptions } from './media-sample.js';
import type { StoredMedia } from './types.js';

export type { DicomPicture, DicomTag };

/** Which frame of a file, and which of its values become black and white. */
export interface WindowOptions extends CallOptions {
  /** Frame, from 0; default 0. */
  readonly frame?: number;
  /** Middle of the window in the units of the file, after its rescale slope and intercept; default: the file's. */
  readonly center?: number;
  /** Width of the window, at least 1; default: the file's. */
  readonly width?: number;
  /** Whether black and white change places. Default false; `MONOCHROME1` is shown with its lowest value white anyway. */
  readonly invert?: boolean;
}

/** A DICOM file (or raw pixels) that was read but not decoded yet. `array()` gives the stored values, unscaled. */
export interface DicomSample extends MediaSample {
  /**
   * Stored values of frames `[start, end)`, cut to what there is: `[frames, rows, columns, channels]`, also of files of one.
   * Only these frames are decoded.
   * @throws {RangeError} for a part that is none. @throws {DatasetError} as {@link MediaSample.array} does
   */
  frames(options?: PartOptions): Promise<NdArray>;
  /**
   * A frame as a picture for the screen: RGBA, 8 bits.
   *
   * Gray is scaled as the file says, then windowed: by `center` and `width`, else by the file's table or (first) window,
   * else from the least to the greatest value of the frame. Palettes and YBR become RGB.
   * @throws {RangeError} for a frame that there is not, or a window that is none
   * @throws {DatasetError} `unsupported` for other colours and segmented palettes, `codec` when the file is damaged
   */
  window(options?: WindowOptions): Promise<DicomPicture>;
  /**
   * The elements ahead of the pixels by keyword, such as `PatientName`; binary and private ones are left out.
   * @throws {DatasetError} `unsupported` for raw pixels, `codec` when the file is damaged
   */
  tags(options?: CallOptions): Promise<Readonly<Record<string, DicomTag>>>;
  /** The picture of {@link window} as a bitmap, which the caller closes. Browsers only. */
  toBitmap(options?: WindowOptions & BitmapOptions): Promise<ImageBitmap>;
}

const display = () => import('../codec/dicom-display.js');

/** Makes the sample of a DICOM file. @param dims - axes of an empty sample. */
export function dicomSample(stored: StoredMedia, dims: number): DicomSample {
  const media = new MediaSample(stored, dims);
  const { file, key } = stored;
  const source = file && file.source.size > 0 ? file.source : undefined;
  const count = (): number => {
    const { shape } = media;
    return shape.length === 4 ? (shape[0] ?? 0) : shape.includes(0) ? 0 : 1;
  };
  const frames = async ({ start = 0, end, signal }: PartOptions = {}): Promise<NdArray> => {
    if (media.shape.length === 4)
      return media.array({ start, ...(end !== undefined && { end }), ...(signal && { signal }) });
    if (!Number.isSafeInteger(start) || start < 0 || (end !== undefined && !(end >= start))) {
      throw new RangeError(`A part goes from a whole number up to one that is not below it, got ${start} to ${end}.`);
    }
    const array = await media.array(signal && { signal });
    const isIn = start === 0 && (end ?? 1) > 0 && count() === 1;
    const [rows = 0, columns = 0, channels = 1] = array.shape;
    const shape = [isIn ? 1 : 0, rows, columns, channels];
    return { ...array, shape, data: isIn ? array.data : array.data.slice(0, 0) };
  };
  const window = async (options: WindowOptions = {}): Promise<DicomPicture> => {
    const { frame = 0, signal } = options;
    if (!Number.isSafeInteger(frame) || frame < 0 || frame >= count()) {
      throw new RangeError(`The sample has ${count()} frames, got frame ${frame}.`);
    }
    const { displayFacts, paintFrame, plainFacts, readHead } = await display();
    const array = await frames({ start: frame, end: frame + 1, ...(signal && { signal }) });
    const picture = { ...array, shape: array.shape.slice(1) };
    try {
      const facts = source ? displayFacts(await readHead(source, signal && { signal }), frame) : plainFacts(picture);
      return paintFrame(picture, facts, options);
    } catch (error) {
      throw errorAt(error, { key });
    }
  };
  return Object.assign(media, {
    frames,
    window,
    async tags(options?: CallOptions) {
      if (!source) throw noTags();
      const [{ readHead }, { dicomTags }] = await Promise.all([display(), import('../codec/dcm-header.js')]);
      try {
        return dicomTags(await readHead(source, options));
      } catch (error) {
        throw errorAt(error, { key });
      }
    },
    async toBitmap(options: WindowOptions & BitmapOptions = {}) {
      requireBitmaps('window() or array()');
      const { data, width, height } = await window(options);
      const image = new ImageData(data, width, height);
      const scale = Math.min(1, (options.maxWidth ?? Infinity) / width, (options.maxHeight ?? Infinity) / height);
      if (scale === 1) return createImageBitmap(image);
      return createImageBitmap(image, {
        resizeWidth: Math.max(1, Math.round(width * scale)),
        resizeHeight: Math.max(1, Math.round(height * scale)),
        resizeQuality: 'medium',
      });
    },
  });
}

function noTags(): DatasetError<'unsupported'> {
  return new DatasetError(
    'unsupported',
    'The sample holds raw pixels or nothing, and no file with elements. Use array().',
    {
      feature: 'elements of raw pixels',
    },
  );
}
