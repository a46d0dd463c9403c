/** Point clouds, meshes and volumes in Node: what the files hold, and what is read of them. */
import { readFile } from 'node:fs/promises';
import { createCodecPool } from '../codec/pool.js';
import type { Bytes } from '../util/bytes.js';
import { diskName, pointsContract } from './points.contract.js';

const folder = new URL('../../e2e/fixtures/media/points/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(diskName(name), folder)));

pointsContract('inline in Node', load, () => pool);
