/** Takes files that are dropped anywhere on the page. */
import { required } from './element.js';
import { droppedFiles, type FileTree } from './pick-files.js';

/** Shows the veil while files are over the page, and gives those that are dropped. */
export function acceptDrops(take: (files: Promise<FileTree>) => void): void {
  const veil = required('#drop-veil', HTMLElement);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
  let depth = 0; // dragenter and dragleave come for every element on the way
  addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    depth++;
    veil.classList.add('shown');
  });
  addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) veil.classList.remove('shown');
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.classList.remove('shown');
    const { dataTransfer } = event;
    if (!dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    take(droppedFiles(dataTransfer));
  });
}
