import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Dependencies = Readonly<Record<string, string>>;

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Dependencies;
}

interface Package {
  readonly dependencies: Dependencies;
  readonly devDependencies: Dependencies;
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, Dependencies | string>>;
  readonly sideEffects: boolean;
}

const textOf = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const manifest: Package = JSON.parse(textOf('package.json'));
const lock: Lock = JSON.parse(textOf('package-lock.json'));
const dependencies = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

describe('package.json', () => {
  it('names every dependency in one exact version', () => {
    expect(dependencies.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('agrees with the lockfile', () => {
    const locked = dependencies.map(([name]) => [name, lock.packages[`node_modules/${name}`]?.version]);
    expect(locked).toEqual(dependencies);
  });

  it('depends on what the library imports, and on nothing else', () => {
    const src = new URL('.', import.meta.url);
    const imported = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.(test|contract)\.ts$/.test(name))
      .flatMap((name) => [
        ...readFileSync(new URL(name, src), 'utf8')
          .replace(/\/\*[\s\S]*?\*\//g, '') // examples in docblocks import the library itself
          .matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g),
      ])
      .map(([, specifier = '']) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? '')
      .filter((name) => !name.startsWith('node:'));
    expect([...new Set(imported)].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  it('offers types first in every entry', () => {
    const conditions = Object.values(manifest.exports).filter((entry) => typeof entry === 'object');
    expect(conditions.map((entry) => Object.keys(entry)[0])).toEqual(conditions.map(() => 'types'));
  });

  it('has no side effects and asks for Node 20.19', () => {
    expect(manifest.sideEffects).toBe(false);
    expect(manifest.engines.node).toBe('>=20.19');
  });
});

describe('package-lock.json', () => {
  it('names no address that packages come from', () => {
    const resolved = Object.values(lock.packages).filter((entry) => entry.resolved !== undefined);
    expect(resolved).toEqual([]);
  });

  // npm leaves them out without a word when the registry has them not, and then `npm ci` fails in a clean clone.
  it('has the binaries of all platforms', () => {
    const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    const present = Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, ''));
    expect(wanted.filter((name) => !present.includes(name))).toEqual([]);
  });
});
