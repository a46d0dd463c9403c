/**
 * A page for policy.e2e.ts. `?decode=a.png,b.jpg` decodes files of media/ in the default pool of workers, `?dataset=a.jpg`
 * puts one into a dataset and reads it back. What came of it is written into an <output>, as JSON.
 */
import { createCodecPool, createDataset, image, isDatasetError, type NdArray, read } from '../../src/index.js';

const aliases: Readonly<Record<string, string>> = { jpg: 'jpeg', jp2: 'jpeg2000' };
const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));

async function load(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(`./media/${name}`)).arrayBuffer());
}

async function describe({ shape, dtype, data }: NdArray): Promise<object> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  const sha256 = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { shape, dtype, sha256, mean: sum / bytes.length };
}

async function decodeAll(names: readonly string[]): Promise<object> {
  const pool = createCodecPool();
  const results: Record<string, object> = {};
  for (const name of names) {
    const ending = name.replace(/.*\./, '');
    try {
      const hint = { shape: [50, 40], dtype: 'uint8' } as const; // of the lz4 block, which says nothing of itself
      results[name] = await describe(await pool.decode(aliases[ending] ?? ending, await load(name), hint));
    } catch (error) {
      results[name] = isDatasetError(error) ? { code: error.code, message: error.message } : { fault: String(error) };
    }
  }
  pool.close();
  return results;
}

async function throughDataset(name: string): Promise<object> {
  await using ds = await createDataset('memory://policy', { images: image({ sampleCompression: 'jpeg' }) });
  await ds.append({ images: read(await load(name)) });
  const { images } = await ds.at(0);
  const bitmap = await images.toBitmap();
  return { ...(await describe(await images.array())), width: bitmap.width };
}

function show(value: object): void {
  const output = document.createElement('output');
  output.textContent = JSON.stringify({ value, violations, isolated: crossOriginIsolated });
  document.body.append(output);
}

const query = new URLSearchParams(location.search);
const dataset = query.get('dataset');
try {
  show(dataset ? await throughDataset(dataset) : await decodeAll((query.get('decode') ?? '').split(',')));
} catch (error) {
  show({ failed: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
}
