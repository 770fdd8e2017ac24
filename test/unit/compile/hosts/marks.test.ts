import fc from 'fast-check';
import { expect, test } from 'vitest';
import { marked, marksOf } from '../../../../src/compile/hosts/marks.ts';
import type { HostMark } from '../../../../src/model/mark.ts';
import type { HostState } from '../../../../src/model/observed.ts';
import { emptyHost, host, inventory, numbered, SILENT } from '../../../support/compile/worlds.ts';

const mark = (kind: HostMark['kind'], at: number, why = ''): HostMark => ({ kind, at, by: 'ann@laptop', why });

function reports(...marks: readonly (HostMark | 'silent' | undefined)[]): { hosts: Record<string, HostState> } {
  const states = marks.map((one, index): [string, HostState] => {
    if (one === 'silent') return [`vm${index + 1}`, SILENT];
    return [`vm${index + 1}`, emptyHost(one === undefined ? {} : { marks: { vm3: one } })];
  });
  return { hosts: Object.fromEntries(states) };
}

const fleet = inventory(numbered(3));

test('a cordoned host is cordoned, a drained one is both, and all others are as the file says', () => {
  const kinds = (observed: ReturnType<typeof reports>): object[] =>
    marked(fleet, observed).hosts.map(({ name, cordoned, drained }) => ({ name, cordoned, drained }));
  const others = [
    { name: 'vm1', cordoned: false, drained: undefined },
    { name: 'vm2', cordoned: false, drained: undefined },
  ];
  expect(kinds(reports(mark('cordoned', 1)))).toEqual([...others, { name: 'vm3', cordoned: true, drained: undefined }]);
  expect(kinds(reports(mark('drained', 1)))).toEqual([...others, { name: 'vm3', cordoned: true, drained: true }]);
  expect(marked(fleet, reports(mark('none', 1)))).toEqual(fleet);
});

test('uncordon wins over the older mark of a keeper that was away', () => {
  expect(marked(fleet, reports(mark('none', 5), mark('drained', 4)))).toEqual(fleet);
});

test('what the file cordons stays cordoned when the mark is taken away', () => {
  const own = inventory([host('vm3', { cordoned: true })]);
  expect(marked(own, reports(mark('none', 5)))).toEqual(own);
});

test('a keeper that does not answer has no say', () => {
  expect(marksOf(reports('silent', mark('cordoned', 1)))).toEqual(new Map([['vm3', mark('cordoned', 1)]]));
});

const marks = fc.record({
  kind: fc.constantFrom('cordoned', 'drained', 'none') as fc.Arbitrary<HostMark['kind']>,
  at: fc.integer({ min: 1, max: 4 }),
  by: fc.constantFrom('ann@laptop', 'ci@runner'),
  why: fc.constantFrom('', 'disk is failing'),
});

test('the newest mark counts, whatever the order of the keepers', () => {
  fc.assert(
    fc.property(fc.array(marks, { minLength: 1, maxLength: 6 }), fc.nat(), (all, turn) => {
      const turned = [...all.slice(turn % all.length), ...all.slice(0, turn % all.length)].reverse();
      const counts = marksOf(reports(...all)).get('vm3');
      expect(marksOf(reports(...turned)).get('vm3')).toEqual(counts);
      expect(counts?.at).toBe(Math.max(...all.map(({ at }) => at)));
    }),
  );
});
