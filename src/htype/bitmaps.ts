import { DatasetError } from '../errors.js';

/**
 * Checks that the platform has bitmaps.
 * @param instead - what to use where there are none. @throws {DatasetError} `unsupported`, as in Node
 */
export function requireBitmaps(instead: string): void {
  if (typeof createImageBitmap !== 'undefined') return;
  const message = `This platform has no bitmaps (createImageBitmap is missing). Use ${instead}.`;
  throw new DatasetError('unsupported', message, { feature: 'ImageBitmap' });
}
