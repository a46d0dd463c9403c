import { describe, expect, it } from 'vitest';
import { Lru } from './lru.js';

describe('Lru', () => {
  it('drops what was not used for longest, and tells', () => {
    const dropped: string[] = [];
    const lru = new Lru<string, number>(10, (key) => dropped.push(key));
    lru.set('a', 1, 4);
    lru.set('b', 2, 4);
    expect(lru.get('a')).toBe(1);
    lru.set('c', 3, 4);
    expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
    expect([dropped, lru.weight, lru.size]).toEqual([['b'], 8, 2]);
  });

  it('replaces a value and its weight', () => {
    const lru = new Lru<string, number>(10);
    lru.set('a', 1, 9);
    lru.set('a', 2, 3);
    expect([lru.get('a'), lru.weight]).toEqual([2, 3]);
    expect([lru.delete('a'), lru.delete('a'), lru.weight]).toEqual([true, false, 0]);
  });

  it('does not keep what alone is too heavy, nor the value before it', () => {
    const lru = new Lru<string, number>(10);
    lru.set('b', 1, 5);
    lru.set('a', 1, 1);
    lru.set('a', 2, 11);
    expect([lru.get('a'), lru.get('b'), lru.weight]).toEqual([undefined, 1, 5]);
    lru.clear();
    expect([lru.size, lru.weight]).toEqual([0, 0]);
  });
});
