/** Names of tensors: which ones are allowed, and those that follow from them. Only what writes needs this. */
import { isSafeKey } from './keys.js';

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
