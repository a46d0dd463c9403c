/** The script of a codec worker. Loaded by a pool only; what a job means is in worker-protocol. */
import { type CodecMessage, type CodecRequest, createResponder, spareOf, transferOf } from './worker-protocol.js';

const respond = createResponder();
let last: Promise<void> = announce();

addEventListener('message', ({ data }: MessageEvent<CodecRequest>) => {
  last = last.then(() => answer(data)); // one after another
});

async function answer(request: CodecRequest): Promise<void> {
  const response = await respond(request);
  try {
    const spare = spareOf(request, response);
    const transfer = transferOf(response);
    if (spare) postMessage({ ...response, spare } satisfies CodecMessage, { transfer: [...transfer, spare] });
    else postMessage(response, { transfer });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
    postMessage({ id: request.id, type: 'fault', name, message } satisfies CodecMessage); // it cannot be sent
  }
}

/**
 * Tells the pool a lock to watch: no event tells it of a worker that closes itself or is ended by the browser. Locks are
 * missing where a page was not loaded securely; there such an end is not noticed.
 */
async function announce(): Promise<void> {
  if (!globalThis.navigator?.locks) return;
  const lock = `lakelet codec worker ${Math.random()}`;
  await new Promise<void>((resolve) => {
    const held = navigator.locks.request(lock, () => {
      resolve();
      return new Promise(() => undefined); // until the worker ends
    });
    held.catch(() => resolve()); // refused: nobody watches
  });
  postMessage({ type: 'alive', lock } satisfies CodecMessage);
}
