/**
 * Measures the library in Chromium against what a page would use instead: `npm run bench`.
 *
 * Each benchmark of bench/ gets a page of its own. Rounds alternate the two sides, and swap their order each time, so
 * that a busy minute of the machine hits both. The figures are medians of the rounds.
 */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { chromiumLaunch } from './find-browser.mjs';
import { root } from './install.mjs';

const usage = `usage: npm run bench -- [--only name,name] [--json] [--profile folder]
  --only     runs the named benchmarks
  --json     prints as the last line one object { name: { ours, peer, ratio, unit } }
  --profile  writes a CPU profile of our side of each benchmark, with a build that is not minified`;

function parse(args) {
  try {
    return parseArgs({
      args,
      options: { only: { type: 'string' }, json: { type: 'boolean' }, profile: { type: 'string' } },
    }).values;
  } catch (error) {
    throw new Error(`${error.message}\n${usage}`);
  }
}

/** Builds the page as an application would, and serves it. */
async function serve(outDir, minify) {
  const site = { configFile: false, root: join(root, 'bench'), logLevel: 'error' };
  await build({ ...site, build: { outDir, emptyOutDir: true, target: 'es2022', minify }, worker: { format: 'es' } });
  // With these headers clocks tick every 5 microseconds instead of every 100. The library does not need them.
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
  return preview({ ...site, build: { outDir }, preview: { port: 0, host: '127.0.0.1', headers } });
}

const call = (page, name, ...args) => page.evaluate(([fn, given]) => globalThis.bench[fn](...given), [name, args]);

async function load(page, address, name) {
  await page.goto(address);
  await page.waitForFunction(() => 'bench' in globalThis);
  return name && call(page, 'choose', name);
}

/** Runs one benchmark in a new page. @returns its facts, its values by side, and its figure. */
async function run(context, address, name, profileTo) {
  const page = await context.newPage();
  try {
    const facts = await load(page, address, name);
    const profiler = profileTo && (await context.newCDPSession(page));
    await call(page, 'prepare');
    await profiler?.send('Profiler.enable');
    const values = { ours: [], peer: [] };
    for (let round = 0; round < facts.rounds; round++) {
      for (const side of round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours']) {
        if (facts.reload) await load(page, address, name);
        const profiled = side === 'ours' && profiler;
        if (profiled) await profiler.send('Profiler.start');
        values[side].push(await call(page, 'measure', side, round));
        if (profiled) {
          const { profile } = await profiler.send('Profiler.stop');
          writeFileSync(join(profileTo, `${name}.cpuprofile`), JSON.stringify(profile)); // the last round stays
        }
      }
    }
    await call(page, 'cleanUp');
    return { ...facts, values, figure: await call(page, 'figure', values.ours, values.peer) };
  } finally {
    await page.close();
  }
}

const number = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
const spread = (values) => `${number(Math.min(...values))}-${number(Math.max(...values))}`;

function print(name, { title, peerTitle, values, figure }) {
  const { ours, peer, ratio, unit } = figure;
  const [a, b] = [`${number(ours)} ${unit}`, `${number(peer)} ${unit}`];
  console.log(`${name}: ${title}`);
  console.log(`  ours ${a.padEnd(16)} (${spread(values.ours)})`);
  console.log(`  peer ${b.padEnd(16)} (${spread(values.peer)})  ${peerTitle}`);
  console.log(`  ratio ${ratio.toFixed(2)}\n`);
}

async function main() {
  const { only, json = false, profile } = parse(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'lakelet-bench-'));
  let server;
  let context;
  try {
    server = await serve(join(folder, 'page'), profile === undefined);
    const address = server.resolvedUrls?.local[0];
    // A profile on disk: in the default context of a test browser IndexedDB lies in memory.
    context = await chromium.launchPersistentContext(join(folder, 'profile'), { ...chromiumLaunch(), headless: true });
    const [page] = context.pages();
    await load(page, address);
    const names = await call(page, 'names');
    const chosen = only?.split(',') ?? names;
    const unknown = chosen.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}". There are ${names.join(', ')}.`);
    console.log(`Chromium ${context.browser()?.version()}, persistent profile, load ${loadavg()[0].toFixed(1)}.`);
    console.log(
      'Medians (lowest-highest round). ratio = how many times better ours is than the peer; above 1 ours is better.\n',
    );
    const figures = {};
    for (const name of chosen) {
      const result = await run(context, address, name, profile);
      print(name, result);
      figures[name] = result.figure;
    }
    if (json) console.log(JSON.stringify(figures));
  } finally {
    await context?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
