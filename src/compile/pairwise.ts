/** What is made of two values, made once: hosts share most of what a plan says of them. */

/** The same function, which remembers by identity what it gave. */
export function pairwise<A, B, R>(make: (a: A, b: B) => R): (a: A, b: B) => R {
  const rows = new Map<A, Map<B, { readonly made: R }>>();
  return (a, b) => {
    const row = rows.get(a) ?? new Map<B, { readonly made: R }>();
    rows.set(a, row);
    const known = row.get(b) ?? { made: make(a, b) };
    row.set(b, known);
    return known.made;
  };
}
