import { DatasetError, type ErrorData } from '../errors.js';

const reasons: Readonly<Record<string, ErrorData['storage']['reason']>> = {
  QuotaExceededError: 'quota',
  ENOSPC: 'quota',
  EDQUOT: 'quota',
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
};

const advice: Readonly<Record<ErrorData['storage']['reason'], string>> = {
  quota: 'Storage is full: delete datasets or free space on the disk, then write again; stored data are as before.',
  denied: 'Access was refused: check the permission of the folder, or the storage setting of the browser.',
  network: 'Check the connection and the address, then try again.',
  failed: 'Try again; if it stays, the storage itself may be damaged.',
};

/** The `code` (Node) or `name` (browser) of a caught value. */
export function failureCode(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null) return '';
  const { code, name } = cause as { code?: unknown; name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : '';
}

/**
 * Makes a `storage` error of what the platform threw, with the reason told by its name or code.
 *
 * @param what - what failed and where, without a full stop: `Writing 3 keys to idb://pets`.
 */
export function storageFailure(what: string, cause: unknown, key?: string): DatasetError<'storage'> {
  const reason = reasons[failureCode(cause)] ?? 'failed';
  const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const data = key === undefined ? { reason } : { reason, key };
  return new DatasetError('storage', `${what} failed (${said}). ${advice[reason]}`, data, { cause });
}

/** The error of a call to a store that was closed. */
export function closedStore(address: string): DatasetError<'closed'> {
  return new DatasetError('closed', `Store ${address} was closed. Open it again to go on.`, { what: address });
}
