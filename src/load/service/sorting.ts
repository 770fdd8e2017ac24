/** Order that is the same everywhere. */

/** Sorts words by code unit. */
export function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A record with its keys in order. */
export function sortKeys<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record)
      .sort(([left], [right]) => order(left, right))
      .map(([key, value]) => [key, change(value)]),
  );
}

/** For `sortKeys` where values stay as they are. */
export function same<T>(value: T): T {
  return value;
}
