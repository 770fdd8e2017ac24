import { expect, test } from 'vitest';
import { sharesOf } from '../../../../src/compile/sequence/askers.ts';

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Item -> routers that ask it. */
function askersOf(shares: readonly (readonly number[])[], items: number): number[][] {
  const askers = numbers(items).map((): number[] => []);
  for (const [router, share] of shares.entries()) for (const item of share) askers[item]?.push(router);
  return askers;
}

test('in a small fleet every router asks every replica, by one list', () => {
  const items = numbers(1_000);
  const shares = sharesOf(20, items);
  expect(shares).toHaveLength(20);
  for (const share of shares) expect(share).toBe(items);
  expect(sharesOf(3, [])).toEqual([[], [], []]);
});

test.each([
  [200, 2_000, 10],
  [1_000, 10_000, 3],
  [5_000, 150_000, 3],
  [999, 20_011, 3],
  [2, 30_000, 2],
])(
  'of %i routers each of %i replicas is asked by %i, and no router asks many more than another',
  (routers, replicas, each) => {
    const shares = sharesOf(routers, numbers(replicas));
    const askers = askersOf(shares, replicas);
    expect(askers.every((own) => new Set(own).size === each)).toBe(true);
    const sizes = shares.map((share) => share.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(each);
  },
);
