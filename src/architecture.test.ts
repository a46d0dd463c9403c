import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

// A folder may import itself and what stands before it. index.ts, node.ts and the like stand last.
const layers = [
  'errors',
  'util',
  'store',
  'format',
  'codec',
  'htype',
  'chunk',
  'version',
  'query',
  'dataset',
  'repair',
];
const upperLayers = ['loader', 'interchange', 'viewer', 'entry'];
const order = [...layers, ...upperLayers];

// Folders that may import only what is named here, beside themselves.
const restricted: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  util: ['errors'],
  format: ['errors', 'util'],
};

interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
}

function filesIn(folder: string): Source[] {
  const base = join(root, folder);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !/(^|[\\/])(fixtures|dist|node_modules)[\\/]/.test(name))
    .map((name) => {
      const text = readFileSync(join(base, name), 'utf8');
      return { path: join(folder, name).replaceAll('\\', '/'), text, lines: text.split('\n').length - 1 };
    });
}

const isTest = (path: string): boolean => /\.(test|e2e|contract)\.ts$/.test(path);
const library = filesIn('src');
const all = ['src', 'demo', 'e2e', 'scripts', 'bench'].flatMap(filesIn);

function layerOf(path: string): string {
  const [, first = '', second] = path.split('/');
  if (first === 'errors.ts') return 'errors';
  return second === undefined ? 'entry' : first;
}

function relativeImports(source: Source): string[] {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']*)'/g;
  return [...source.text.matchAll(pattern)].map(([, specifier = '']) => specifier);
}

describe('layout of the source', () => {
  it('has only the folders that are named here', () => {
    const unknown = library.filter(({ path }) => !order.includes(layerOf(path)));
    expect(unknown.map(({ path }) => path)).toEqual([]);
  });

  it('imports point one way', () => {
    const wrong = library
      .filter(({ path }) => !isTest(path))
      .flatMap((source) =>
        relativeImports(source).flatMap((specifier) => {
          const target = relative(root, join(root, dirname(source.path), specifier)).replaceAll('\\', '/');
          const [from, to] = [layerOf(source.path), layerOf(target.replace(/\.js$/, '.ts'))];
          if (from === to) return [];
          const allowed = restricted[from]?.includes(to) ?? order.indexOf(to) < order.indexOf(from);
          return allowed ? [] : [`${source.path} imports ${target}`];
        }),
      );
    expect(wrong).toEqual([]);
  });

  it('the library imports nothing outside src by a relative path but wasm', () => {
    const outside = library.flatMap((source) =>
      relativeImports(source)
        .map((specifier) => relative(root, join(root, dirname(source.path), specifier)).replaceAll('\\', '/'))
        .filter((target) => !/^(src|wasm|\.\.\/wasm)\//.test(target) && !isTest(source.path))
        .map((target) => `${source.path} imports ${target}`),
    );
    expect(outside).toEqual([]);
  });

  it('relative imports name the file that tsc makes', () => {
    const wrong = library.flatMap((source) =>
      relativeImports(source)
        .filter((specifier) => !/\.(js|mjs|json|wasm)$/.test(specifier))
        .map((specifier) => `${source.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('codecs import only types of the store', () => {
    const wrong = library
      .filter(({ path }) => layerOf(path) === 'codec' && !isTest(path))
      .flatMap((source) =>
        relativeImports(source)
          .filter((specifier) => specifier.includes('/store/') && !specifier.endsWith('/store/types.js'))
          .map((specifier) => `${source.path} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 600 lines, tests 500', () => {
    const long = all.filter(({ path, lines }) => lines > (isTest(path) ? 500 : 600));
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });

  it('are named after what they do, in kebab-case', () => {
    const wrong = all.filter(({ path }) => {
      const name = basename(path);
      return /^(utils?|helpers?|common|managers?|engine)\./.test(name) || !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name);
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('have no default export, enum or namespace', () => {
    const pattern = /^\s*(export default\b|(export |declare |const )*enum \w|(export |declare )*namespace \w)/m;
    // A .d.ts tells what other packages export.
    const sources = all.filter(({ path }) => /^(src|demo)\//.test(path) && !path.endsWith('.d.ts'));
    expect(sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
