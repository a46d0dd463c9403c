/** The script of a codec worker. Loaded by a pool only; everything it does is in worker-protocol. */
import { type CodecRequest, createResponder, transferOf } from './worker-protocol.js';

const respond = createResponder();

addEventListener('message', async (event: MessageEvent<CodecRequest>) => {
  const response = await respond(event.data);
  postMessage(response, { transfer: transferOf(response) });
});
