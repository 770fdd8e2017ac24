/** Files as text to one merged tree, for the tests beside. */
import { mergeFiles, mergeService, settle } from '../../../../../src/load/compose/merge.ts';
import { find, plain, type Tree } from '../../../../../src/load/tree.ts';
import { read, service } from '../canonical/read.ts';

/** The service web of several files that each say something about it. */
export function web(...texts: readonly string[]): unknown {
  return plain(find(merge(...texts.map(service)), ['services', 'web']) ?? nothing());
}

/** The settled tree of several files. */
export function merge(...texts: readonly string[]): Tree {
  const [first = nothing(), ...rest] = texts.map(tree);
  return settle(rest.reduce(mergeFiles, first), '/work/shop');
}

/** The service web as it is when it extends another one. */
export function extended(base: string, over: string): Tree {
  return mergeService(webOf(base), webOf(over));
}

/** A settled service, from its tree. */
export function settled(web: Tree): unknown {
  const at = web.at;
  const services: Tree = { kind: 'map', entries: new Map([['web', { key: at, value: web }]]), at };
  const file: Tree = { kind: 'map', entries: new Map([['services', { key: at, value: services }]]), at };
  return plain(find(settle(file), ['services', 'web']) ?? nothing());
}

function webOf(text: string): Tree {
  return find(tree(service(text)), ['services', 'web']) ?? nothing();
}

function tree(text: string, index = 0): Tree {
  const { tree: made, problems } = read(text, `${index}.yaml`);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return made;
}

function nothing(): Tree {
  return { kind: 'map', entries: new Map(), at: { file: '', line: 1, column: 1 } };
}
