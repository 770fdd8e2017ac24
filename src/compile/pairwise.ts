/** What is made of values that many hosts or replicas share, made once. */

/** The same function, which remembers by identity what it gave. */
export function once<A, R>(make: (a: A) => R): (a: A) => R {
  const known = new Map<A, { readonly made: R }>();
  return (a) => {
    const found = known.get(a) ?? { made: make(a) };
    known.set(a, found);
    return found.made;
  };
}

/** The same of two values. */
export function pairwise<A, B, R>(make: (a: A, b: B) => R): (a: A, b: B) => R {
  const row = once((a: A) => once((b: B) => make(a, b)));
  return (a, b) => row(a)(b);
}
