/** Values that belong nowhere in a playbook or inventory, for tests that put them everywhere. */
import fc from 'fast-check';

/** Empty, of the wrong type, half a variable, a name of JavaScript's own, a path that leads out, and anything else. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    '$',
    '${A}',
    '${',
    -1,
    0,
    1e300,
    true,
    [],
    {},
    [null],
    { '': null },
    '__proto__',
    '../x',
    '80:80:80',
    '80:80:80:80',
  ),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);
