/** Where FFmpeg's core is, for videos that browsers do not decode: the page's address says so, `?ffmpeg=<folder>`. */
import type { CodecPoolOptions } from '../src/index.js';

const PARAMETER = 'ffmpeg';

/** The setting of the codec pool that the page's address asks for; none by default. */
export function ffmpegOption(): Pick<CodecPoolOptions, 'ffmpeg'> {
  const folder = new URLSearchParams(location.search).get(PARAMETER);
  if (folder === null || folder === '') return {};
  const base = new URL(folder.endsWith('/') ? folder : `${folder}/`, location.href);
  return {
    ffmpeg: { coreURL: new URL('ffmpeg-core.js', base).href, wasmURL: new URL('ffmpeg-core.wasm', base).href },
  };
}

/** Opens the page again with FFmpeg's core from a folder. */
export function useFfmpeg(folder: string): void {
  const next = new URL(location.href);
  next.searchParams.set(PARAMETER, folder);
  location.assign(next);
}
