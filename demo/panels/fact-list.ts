/** What is known of a file: its name, format and size, then what its own viewer tells, and a way to get it back. */
import type { ImageSample, MediaSample } from '../../src/index.js';
import { button, element } from '../element.js';
import { formatBytes } from '../format-text.js';
import type { RowSource, Shown } from '../row-source.js';
import type { Fact } from '../viewers/types.js';

/** Shows facts. */
export interface FactList {
  readonly element: HTMLElement;
  /** Shows what is known of every file. */
  showFile(source: RowSource, index: number, shown: Shown, signal: AbortSignal): Promise<void>;
  /** Shows what its viewer tells. */
  showMore(facts: readonly Fact[]): void;
  clear(): void;
}

/** Makes the list. @param onFailure - told when the file cannot be given. */
export function createFactList(onFailure: (error: unknown) => void): FactList {
  const common = element('dl', { class: 'facts' });
  const special = element('dl', { class: 'facts' });
  let give: (() => Promise<void>) | undefined;
  const download = button('Download the file', { class: 'link', hidden: true }, () => {
    give?.().catch(onFailure);
  });
  const clear = (): void => {
    give = undefined;
    download.hidden = true;
    for (const list of [common, special]) list.replaceChildren();
  };
  return {
    element: element('div', { class: 'fact-list' }, common, special, download),
    async showFile(source, index, shown, signal) {
      clear();
      const { sample } = shown;
      const file = fileOf(sample);
      const fill = (name: string | undefined): void =>
        fillList(common, [
          ...(name !== undefined ? [['Name', name] as const] : []),
          ...(file ? [['Format', file.format] as const, ['Bytes', formatBytes(file.bytes)] as const] : []),
          ['Tensor', shown.name],
          ['Shape', `${sample.shape.join(' × ')} ${sample.dtype}`],
        ]);
      fill(undefined);
      const name = await source.filename(shown.tensor, index);
      if (signal.aborted) return;
      fill(name);
      download.hidden = !file;
      give = async () => save(await file?.blob(), name ?? `${shown.name}-${index}.${file?.format ?? 'bin'}`);
    },
    showMore: (facts) => fillList(special, facts),
    clear,
  };
}

interface StoredFile {
  readonly format: string;
  readonly bytes: number;
  blob(): Promise<Blob>;
}

function fileOf(sample: ImageSample | MediaSample): StoredFile | undefined {
  if ('bytes' in sample) {
    const { compression, bytes } = sample;
    return compression === undefined ? undefined : { format: compression, bytes, blob: () => sample.toBlob() };
  }
  const encoded = sample.encoded();
  if (!encoded) return undefined;
  const { bytes, compression } = encoded;
  return { format: compression, bytes: bytes.length, blob: async () => new Blob([bytes]) };
}

function save(blob: Blob | undefined, name: string): void {
  if (!blob) return;
  const link = element('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun long before
}

function fillList(list: HTMLElement, facts: readonly Fact[]): void {
  list.replaceChildren(
    ...facts.flatMap(([name, value]) => [element('dt', { text: name }), element('dd', { text: value })]),
  );
}
