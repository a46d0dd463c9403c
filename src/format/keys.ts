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

/** Name of a hidden companion tensor: `a/_b_id` for `a/b`. */
export function companionName(tensor: string, kind: 'id' | 'shape' | 'info'): string {
  const at = tensor.lastIndexOf('/') + 1;
  return `${tensor.slice(0, at)}_${tensor.slice(at)}_${kind}`;
}

/** All groups that a tensor lies in, outermost first: `a` and `a/b` for `a/b/c`. */
export function groupsOf(name: string): string[] {
  const groups: string[] = [];
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) groups.push(name.slice(0, at));
  return groups;
}

/** Whether a path read from a file stays inside the store: no empty, `.` or `..` part, no control character. */
export function isSafeKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[\u0000-\u001f\u007f\\]/.test(key) && key.split('/').every((part) => !/^\.{0,2}$/.test(part));
}

// Attributes of the original's Dataset class. A tensor of such a name cannot be reached as `ds.name` in Python, and
// the original refuses to create it.
const attributes = new Set(
  `add_creds_key allow_delete allow_view_updates append base_storage branch branches change_creds_management checkout
  client commit commit_id commits connect copy create_group create_tensor create_tensor_like dataloader
  ds_name delete delete_branch delete_group delete_tensor delete_view diff enabled_tensors extend filter fix_vc flush
  get_commit_details get_creds_keys get_managed_creds_keys get_view get_views group_index groups has_head_changes
  index index_params info is_actually_cloud is_first_load is_head_node is_iteration is_optimized is_view
  libdeeplake_dataset link_creds load_view lock log max_len max_view merge meta min_len min_view no_view_dataset
  num_samples org_id parent path pending_commit_id pop populate_creds public pytorch query random_split read_only
  rechunk rename rename_group rename_tensor reset root sample_indices save_view set_token size_approx storage
  summary tensorflow tensors token unlock update update_creds_key username verbose version_state visualize`.split(
    /\s+/,
  ),
);

// First parts that are, or may become, files of the dataset itself.
const taken =
  /^(versions|\.queries|\.lakelet|(version_control_info|dataset_(meta|info)|commit_info|linked_creds|queries)\.json|version_control_info|dataset_diff|.*\.lock)$/;

/**
 * Checks the name of a tensor to be created and returns it with slashes normalised: `/a//b/` becomes `a/b`.
 *
 * @throws {RangeError} for names that Deep Lake 3.9.52 refuses, deletes or misreads, or that leave the store.
 */
export function checkTensorName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '');
  const path = parts.join('/');
  const refuse = (why: string): never => {
    throw new RangeError(`Tensor name ${JSON.stringify(name)} ${why}: choose another name`);
  };
  if (path === '') refuse('is empty');
  if (!isSafeKey(path)) refuse('has a part "." or "..", a backslash or a control character');
  if (/[,:]/.test(path)) refuse('has a comma or a colon, which separate entries in chunk sets');
  if (/(^|\/)__temp/.test(path)) refuse('starts with "__temp", which Deep Lake deletes on opening');
  if (taken.test(parts[0] ?? '')) refuse('begins with a name that the dataset itself uses');
  if (attributes.has(parts.at(-1) ?? '')) refuse('ends in an attribute of Deep Lake datasets');
  return path;
}
