/** Where everything lies in a store: the key of each file of a dataset. */

/** Id of the root commit of every dataset. Its files lie at the root of the store. */
export const FIRST_COMMIT = 'firstdbf9474d461a19e9333c2fd19b46115348f';

/** Commit graph and branch heads; not versioned. */
export const versionInfoKey = 'version_control_info.json';
/** Short lock around changes of the commit graph. */
export const graphLockKey = 'version_control_info.lock';
/** Names of the credential keys; not versioned. */
export const linkedCredsKey = 'linked_creds.json';
/** Saved views; not versioned. */
export const queriesKey = 'queries.json';

/** Prefix of all keys of a commit: empty for the root commit, else `versions/<commit>/`. */
export function commitPrefix(commit: string): string {
  return commit === FIRST_COMMIT ? '' : `versions/${commit}/`;
}

/** Tensors, groups and names of a commit. */
export function datasetMetaKey(commit: string): string {
  return `${commitPrefix(commit)}dataset_meta.json`;
}

/** The user's info of the dataset. */
export function datasetInfoKey(commit: string): string {
  return `${commitPrefix(commit)}dataset_info.json`;
}

/** Renames, deletions and info changes of a commit. */
export function datasetDiffKey(commit: string): string {
  return `${commitPrefix(commit)}dataset_diff`;
}

/** Copy of one node of the commit graph. */
export function commitInfoKey(commit: string): string {
  return `${commitPrefix(commit)}commit_info.json`;
}

/** Write lock of a branch head. */
export function datasetLockKey(commit: string): string {
  return `${commitPrefix(commit)}dataset_lock.lock`;
}

/** Metadata of a tensor. `tensor` is the tensor's key, not its name; so it is below. */
export function tensorMetaKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/tensor_meta.json`;
}

/** The user's info of a tensor. */
export function tensorInfoKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/tensor_info.json`;
}

/** One chunk. The file name is the id in hexadecimal without leading zeros. */
export function chunkKey(commit: string, tensor: string, id: bigint): string {
  return `${commitPrefix(commit)}${tensor}/chunks/${id.toString(16)}`;
}

/** Chunk ids of a tensor. */
export function chunkIdsKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/chunks_index/unsharded`;
}

/** Tiled samples of a tensor. */
export function tilesKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/tiles_index/unsharded`;
}

/** Items of each sequence of a tensor. */
export function sequencesKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/sequence_index/unsharded`;
}

/** Credential key of each link of a tensor. */
export function credsKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/creds_index/unsharded`;
}

/** Padded samples of a tensor. */
export function padsKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/pad_index/unsharded`;
}

/** What a commit changed in a tensor. */
export function commitDiffKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/commit_diff`;
}

/** Chunks that a commit owns; the root commit has none. */
export function chunkSetKey(commit: string, tensor: string): string {
  return `${commitPrefix(commit)}${tensor}/chunk_set`;
}

/** Whether a path read from a file stays inside the store: no empty, `.` or `..` part, no control character. */
export function isSafeKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[\u0000-\u001f\u007f\\]/.test(key) && key.split('/').every((part) => !/^\.{0,2}$/.test(part));
}
