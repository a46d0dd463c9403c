/**
 * Checking datasets for damage, and mending them: a module of its own, which pages that do neither do not load.
 *
 * @example
 * import { repair, verify } from 'lakelet/repair';
 *
 * const { ok, findings } = await verify('idb://pets');
 * if (!ok) console.log((await repair('idb://pets')).actions, findings);
 *
 * @module
 */

export { type RepairOptions, type RepairReport, repair } from './repair/repair-dataset.js';
export type { Checked, Finding, FindingCode, VerifyOptions } from './repair/scan.js';
export { type VerifyReport, verify } from './repair/verify.js';
