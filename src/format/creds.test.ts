import { expect, test } from 'vitest';
import { newCreds, parseCreds, serializeCreds } from './creds.js';
import { hex, V } from './hex.contract.js';

test('three links with the keys 0, 0, 1', () => {
  const example = hex(`${V} | 00000000 01000000 | 01000000 02000000`);
  const table = parseCreds(example, 'k');
  expect([0, 1, 2].map((i) => table.value(table.find(i), 0))).toEqual([0, 0, 1]);
  expect(serializeCreds(table)).toEqual(example);
  const made = newCreds();
  for (const number of [0, 0, 1]) made.append([number]);
  expect(serializeCreds(made)).toEqual(example);
});
