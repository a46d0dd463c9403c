/**
 * Fails when an exported name, or a member of an exported interface or class, has no docblock. Members of an interface
 * whose docblock says `@table` need none.
 *
 * Starts at dist/index.d.ts and dist/node.d.ts and follows their exports to the declarations.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'vite';
import { root } from './install.mjs';

const entries = ['dist/index.d.ts', 'dist/node.d.ts'];
const files = new Map();

/** Parses a declaration file once: its statements, and the docblock that ends right before a given offset. */
function fileAt(path) {
  const known = files.get(path);
  if (known) return known;
  const text = readFileSync(path, 'utf8');
  const { program, comments, errors } = parseSync(path, text, { lang: 'dts', range: true });
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const docs = comments.filter((c) => c.type === 'Block' && c.value.startsWith('*'));
  const docOf = (start) => docs.find(({ end }) => end <= start && /^\s*$/.test(text.slice(end, start)))?.value;
  const hasDoc = (start) => docOf(start) !== undefined;
  const file = { path, text, body: program.body, docOf, hasDoc };
  files.set(path, file);
  return file;
}

/** The declaration file of a relative import; undefined for another package, which documents itself. */
function resolve(from, specifier) {
  if (!specifier.startsWith('.')) return undefined;
  return fileAt(join(dirname(from.path), specifier.replace(/\.js$/, '.d.ts')));
}

const nameOf = (node) => node.name ?? node.value;

/** Names that a declaration statement declares, each with its node. */
function declaredBy(statement) {
  if (statement.type === 'VariableDeclaration') return statement.declarations.map((node) => [node.id.name, node]);
  return statement.id ? [[statement.id.name, statement]] : [];
}

/** Where a name of a file is declared: `{ file, parts: [{ outer, node }] }`, through imports and re-exports. */
function declarationsOf(file, name) {
  const parts = [];
  for (const outer of file.body) {
    if (outer.type === 'ImportDeclaration') {
      const found = outer.specifiers.find((s) => s.local.name === name);
      const target = found && resolve(file, outer.source.value);
      if (target && found.type === 'ImportSpecifier') return exportOf(target, nameOf(found.imported));
      if (found) return undefined;
    }
    for (const [declared, node] of declaredBy(outer.declaration ?? outer)) {
      if (declared === name) parts.push({ outer, node });
    }
  }
  return parts.length > 0 ? { file, parts } : undefined;
}

/** The declarations behind an exported name of a file. */
function exportOf(file, name) {
  for (const statement of file.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      const found = statement.specifiers.find((s) => nameOf(s.exported) === name);
      if (!found) continue;
      const target = statement.source && resolve(file, statement.source.value);
      if (statement.source) return target && exportOf(target, nameOf(found.local));
      return declarationsOf(file, nameOf(found.local));
    }
    if (statement.type === 'ExportAllDeclaration' && !statement.exported) {
      const target = resolve(file, statement.source.value);
      if (target && exportedNames(target).has(name)) return exportOf(target, name);
    }
  }
  return declarationsOf(file, name);
}

/** All names that a file exports. */
function exportedNames(file) {
  const names = new Set();
  for (const statement of file.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      for (const specifier of statement.specifiers) names.add(nameOf(specifier.exported));
      if (statement.declaration) for (const [name] of declaredBy(statement.declaration)) names.add(name);
    } else if (statement.type === 'ExportAllDeclaration' && statement.exported) {
      names.add(nameOf(statement.exported));
    } else if (statement.type === 'ExportAllDeclaration') {
      const target = resolve(file, statement.source.value);
      if (target) for (const name of exportedNames(target)) names.add(name);
    }
  }
  return names;
}

/** The members that must be documented. A class that implements an interface has its docblocks there. */
function membersOf(node) {
  if (node.type === 'TSInterfaceDeclaration') return node.body.body;
  if (node.type === 'TSTypeAliasDeclaration' && node.typeAnnotation.type === 'TSTypeLiteral') {
    return node.typeAnnotation.members;
  }
  if (node.type !== 'ClassDeclaration' || node.implements?.length > 0) return [];
  return node.body.body.filter(
    (member) =>
      member.kind !== 'constructor' &&
      member.accessibility !== 'private' &&
      member.key?.type !== 'PrivateIdentifier' &&
      member.key?.name !== 'name', // of an Error
  );
}

/** Complaints about one exported name. Of overloads one docblock is enough. */
function missingIn(name, found) {
  if (!found) return [];
  const { file, parts } = found;
  const at = relative(root, file.path);
  const missing = parts.some(({ outer }) => file.hasDoc(outer.start)) ? [] : [`${at}: ${name}`];
  for (const { node, outer } of parts) {
    // A table of lines of one kind is explained as a whole.
    if (file.docOf(outer.start)?.includes('@table')) continue;
    const documented = new Set();
    const members = membersOf(node).map((member) => ({
      label: member.key ? file.text.slice(member.key.start, member.key.end) : member.type,
      ok: file.hasDoc(member.start),
    }));
    for (const { label, ok } of members) if (ok) documented.add(label);
    const labels = new Set(members.map(({ label }) => label).filter((label) => !documented.has(label)));
    for (const label of labels) missing.push(`${at}: ${name}.${label}`);
  }
  return missing;
}

let checked = 0;
const missing = new Set();
for (const entry of entries) {
  if (!existsSync(join(root, entry))) throw new Error(`${entry} is missing. Run "npm run build" first.`);
  const file = fileAt(join(root, entry));
  for (const name of exportedNames(file)) {
    checked++;
    for (const line of missingIn(name, exportOf(file, name))) missing.add(line);
  }
}
if (missing.size > 0) {
  console.error(`No docblock on:\n  ${[...missing].sort().join('\n  ')}`);
  process.exitCode = 1;
} else {
  console.log(`${checked} exported names, all documented.`);
}
