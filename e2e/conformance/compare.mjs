/**
 * Compares two descriptions of the schema golden-expected/1 by its rules.
 *
 * node e2e/conformance/compare.mjs [--copy] <expected.json> <described.json>
 */

const LOSSY_TOLERANCE = 3; // how far decoders of lossy pictures may be apart
// A picture whose pixels were lossy already and are encoded again: sharp colours on small ones move this far at the
// quality of the reference (75, chroma halved).
const COPY_TOLERANCE = 40;

/** Fields that say nothing of the content. */
const informative = new Set(['num_chunks', 'shape_error', 'failures']);
/** Fields whose order means nothing. */
const unordered = new Set(['children', 'groups', 'hidden_tensors', 'links']);
/** What a copy made through the API has of its own, beside ids and times. */
const ofCopies = new Set([...informative, 'key', 'links', 'ids', 'hidden_tensors', 'creds_keys', 'padded']);

/**
 * Compares a description with what is expected.
 *
 * @param options - with `copy`, only the main head is compared, without ids, times and storage keys, and without the
 *   tensors that the copy has not; with `commits` beside it (ids in the copy by those expected), all commits and branches.
 * @returns `differences` as lines of text; `compared` and `unsupported`, numbers of samples; `missing`, tensors that a
 *   copy has not.
 */
export function compareDescriptions(expected, described, { copy = false, commits } = {}) {
  const result = { differences: [], compared: 0, unsupported: 0, missing: [] };
  if (copy && commits?.size > 0) return compareHistory(result, expected, described, commits);
  if (copy) {
    const [from, to] = [expected, described].map((description) => description.states['branch:main']);
    compareFields(result, 'dataset', { info: from.info }, { info: to.info }, informative);
    compareTensors(result, 'main', from.tensors, to.tensors, { copy });
    return result;
  }
  compareFields(result, 'branches', expected.branches, described.branches, informative);
  const byId = (commits) => Object.fromEntries(commits.map((commit) => [commit.id, commit]));
  eachPair(result, 'commit', byId(expected.commits), byId(described.commits), (at, one, other) =>
    compareFields(result, at, one, other, informative),
  );
  eachPair(result, 'state', expected.states, described.states, (at, one, other) => {
    compareFields(result, at, one, other, new Set(['tensors']));
    compareTensors(result, at, one.tensors, other.tensors, {});
  });
  eachPair(result, 'view', expected.views, described.views, (at, one, other) => {
    compareFields(result, at, one, other, new Set(['tensors']));
    eachPair(result, `${at} tensor`, one.tensors, other.tensors ?? {}, (tensorAt, tensor, found) => {
      if (tensor.samples) compareSamples(result, tensorAt, tensor.samples, found.samples ?? [], {});
      else compareFields(result, tensorAt, tensor, found, informative);
    });
  });
  return result;
}

/** Compares a copy that has the commits and branches of its source, under other ids. */
function compareHistory(result, expected, described, ids) {
  const has = (description, address) => Object.hasOwn(description.states, address);
  const branches = [expected, described].map((description) => ({ branches: Object.keys(description.branches).sort() }));
  compareFields(result, 'copy', branches[0], branches[1], informative);
  const byId = new Map(described.commits.map((commit) => [commit.id, commit]));
  for (const { id, branch, message, author, parent, time } of expected.commits) {
    if (time === null) continue;
    const copy = byId.get(ids.get(id));
    if (!copy) result.differences.push(`commit ${id}: missing`);
    else {
      const own = { branch: copy.branch, message: copy.message, author: copy.author, parent: copy.parent };
      compareFields(
        result,
        `commit ${id}`,
        { branch, message, author, parent: ids.get(parent) ?? null },
        own,
        informative,
      );
    }
  }
  for (const [address, state] of Object.entries(expected.states)) {
    const id = address.startsWith('commit:') ? `commit:${ids.get(address.slice(7))}` : address;
    if (!has(described, id)) {
      result.differences.push(`state ${address}: missing`);
      continue;
    }
    const copy = described.states[id];
    compareFields(result, `state ${address}`, { info: state.info }, { info: copy.info }, informative);
    compareTensors(result, address.replace(/^branch:/, ''), state.tensors, copy.tensors, { copy: true });
  }
  return result;
}

/** Calls `compare` for what both have; what only one has is a difference. */
function eachPair(result, what, expected, got, compare) {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const at = `${what} ${name}`;
    if (!Object.hasOwn(got, name)) result.differences.push(`${at}: missing`);
    else if (!Object.hasOwn(expected, name)) result.differences.push(`${at}: not expected`);
    else compare(at, expected[name], got[name]);
  }
}

function compareTensors(result, at, expected, got, options) {
  if (options.copy) result.missing = Object.keys(expected).filter((name) => !Object.hasOwn(got, name));
  const kept = Object.entries(expected).filter(([name]) => !result.missing.includes(name));
  eachPair(result, `${at} tensor`, Object.fromEntries(kept), got, (tensorAt, one, other) => {
    const skip = new Set([...(options.copy ? ofCopies : informative), 'samples']);
    if (!Object.hasOwn(one, 'shape')) skip.add('shape'); // the reference itself failed to tell it
    compareFields(result, tensorAt, one, other, skip);
    if (new Set(other.ids).size !== (other.ids ?? []).length) result.differences.push(`${tensorAt} ids: not unique`);
    if (options.copy && one.ids?.length !== other.ids?.length) result.differences.push(`${tensorAt} ids: other number`);
    compareSamples(result, tensorAt, one.samples, other.samples, options.copy ? { copy: true, of: one } : {});
  });
}

function compareSamples(result, at, expected, got, options) {
  if (expected.length !== got.length) {
    result.differences.push(`${at} samples: expected ${expected.length}, got ${got.length}`);
  }
  for (const [row, sample] of expected.slice(0, got.length).entries()) {
    compareSample(result, `${at} sample ${row}`, sample, got[row], options);
  }
}

function compareSample(result, at, expected, got, options) {
  if (expected.kind === 'unsupported' || got.kind === 'unsupported') {
    result.unsupported++;
    // What both know all the same: stored bytes, shape, facts of the file.
    const known = Object.keys(got).filter((field) => field !== 'kind' && Object.hasOwn(expected, field));
    const of = (sample) => Object.fromEntries(known.map((field) => [field, sample[field]]));
    compareFields(result, at, of(expected), of(got), informative);
    return;
  }
  result.compared++;
  const skip = new Set(['items', 'resolved', 'message']);
  if (expected.kind === 'unreadable') for (const field of Object.keys(got)) if (!(field in expected)) skip.add(field);
  if (expected.kind === 'unreadable') skip.add('kind').add('error'); // a better reader may succeed
  const isFile = !options.copy || keepsFiles(options.of);
  if (options.copy) {
    if (!isFile) skip.add('stored_sha256').add('stored_len'); // encoded again: equal content in other bytes
    // Facts of a file are told by the copy from the file as stored, not from one that it was made of.
    if (expected.sample_info?.format !== options.of.sample_compression) skip.add('sample_info');
  }
  const tolerance = isFile ? LOSSY_TOLERANCE : COPY_TOLERANCE;
  if (expected.kind === 'lossy' && (expected.sha256 === got.sha256 || isNear(expected.grid, got.grid, tolerance))) {
    skip.add('sha256').add('grid');
  }
  compareFields(result, at, expected, got, skip);
  if (expected.items) compareSamples(result, `${at} item`, expected.items, got.items ?? [], options);
  if (expected.resolved && got.resolved)
    compareSample(result, `${at} target`, expected.resolved, got.resolved, options);
}

const fileHtypes = new Set(['image', 'video', 'audio', 'dicom', 'nifti', 'point_cloud', 'mesh']);

/** Whether the samples of a tensor are files that a copy keeps byte for byte. */
function keepsFiles({ base_htype: htype, sample_compression: compression }) {
  return fileHtypes.has(htype) && compression !== null && compression !== 'lz4';
}

/** Whether the channels of all points are near each other. */
function isNear(expected, got, tolerance) {
  if (!Array.isArray(expected)) return Math.abs(expected - got) <= tolerance;
  if (!Array.isArray(got) || expected.length !== got.length) return false;
  return expected.every((item, i) => isNear(item, got[i], tolerance));
}

function compareFields(result, at, expected, got, skip) {
  for (const field of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    if (skip.has(field)) continue;
    const [one, other] = [expected, got].map((object) => canonical(object[field], unordered.has(field)));
    if (one !== other) result.differences.push(`${at} ${field}: expected ${brief(one)}, got ${brief(other)}`);
  }
}

/** A text that is equal for equal values: keys of objects in one order. */
function canonical(value, isSet) {
  const sorted = isSet && Array.isArray(value) ? [...value].sort() : value;
  return JSON.stringify(sorted, (_key, item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

function brief(text = 'nothing') {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The command line. */
async function main() {
  const { readFileSync } = await import('node:fs');
  const args = process.argv.slice(2).filter((arg) => arg !== '--copy');
  if (args.length !== 2) {
    console.error('Usage: node e2e/conformance/compare.mjs [--copy] <expected.json> <described.json>');
    process.exit(2);
  }
  const [expected, described] = args.map((path) => JSON.parse(readFileSync(path, 'utf8')));
  const copy = process.argv.includes('--copy');
  const { differences, compared, unsupported, missing } = compareDescriptions(expected, described, { copy });
  for (const line of differences) console.log(line);
  console.log(`${compared} samples compared, ${unsupported} unsupported, ${differences.length} differences`);
  if (missing.length > 0) console.log(`Not in the copy: ${missing.join(', ')}`);
  process.exitCode = differences.length > 0 ? 1 : 0;
}

// Browsers have no process; there and in tests this is a module only.
if (globalThis.process?.argv?.[1]?.endsWith('compare.mjs')) await main();
