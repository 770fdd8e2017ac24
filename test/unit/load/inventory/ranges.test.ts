import { expect, test } from 'vitest';
import { expandRanges } from '../../../../src/load/inventory/ranges.ts';

test.each([
  ['web', ['web']],
  ['web[1:3]', ['web1', 'web2', 'web3']],
  ['web[08:10]', ['web08', 'web09', 'web10']],
  ['10.0.0.[10:14:2]', ['10.0.0.10', '10.0.0.12', '10.0.0.14']],
  ['rack[a:c]', ['racka', 'rackb', 'rackc']],
  ['r[a:b]n[1:2]', ['ran1', 'ran2', 'rbn1', 'rbn2']],
])('%s stands for %j', (range, words) => {
  expect(expandRanges(range)).toEqual(words);
});

test.each(['web[]', 'web[3:1]', 'web[1:3:0]', 'web[1-3]', 'web[c:a]'])('%s is refused', (range) => {
  expect(() => expandRanges(range)).toThrow('holds no right range');
});

test('a range of too many hosts is refused at once', () => {
  expect(() => expandRanges('web[1:999999999]')).toThrow('more than 2000 hosts');
  expect(() => expandRanges('r[1:50]n[1:50]')).toThrow('more than 2000 hosts');
});
