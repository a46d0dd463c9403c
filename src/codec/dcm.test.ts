import { readFile } from 'node:fs/promises';
import dicom from '../../e2e/fixtures/media/dicom/dicom.json' with { type: 'json' };
import type { Bytes } from '../util/bytes.js';
import { dcmContract } from './dcm.contract.js';
import { createCodecPool } from './pool.js';

const folder = new URL('../../e2e/fixtures/media/dicom/', import.meta.url);
const pool = createCodecPool();
const load = async (name: string): Promise<Bytes> => new Uint8Array(await readFile(new URL(`${name}.dcm`, folder)));

dcmContract('inline in Node', dicom, load, () => pool);
