/** Which router asks which new replica before traffic goes there: all ask all, or in a large fleet each asks its share. */

/**
 * Questions of one cutover in all. Each is a connection that is opened through a host and costs this process about 0.2 ms
 * of CPU (measured): 1,000 routers that each ask 10,000 replicas would take half an hour.
 */
const MOST_QUESTIONS = 20_000;

/** Each replica is asked by so many routers, however many there are: one that is cut off itself is not alone to ask it. */
const FEWEST_ASKERS = 3;

/**
 * What each router asks, in the order of the routers; one list for all of them where all ask all. Above the limit each item
 * is asked by as many as the limit allows, spread evenly over the routers. What is wrong with a replica, a port or a host's
 * way shows to any of them; that one router alone can not reach one host is left to nginx, which passes over it.
 */
export function sharesOf<T>(routers: number, items: readonly T[]): readonly (readonly T[])[] {
  const affordable = Math.floor(MOST_QUESTIONS / Math.max(1, items.length));
  const askers = Math.min(routers, Math.max(FEWEST_ASKERS, affordable));
  if (askers === routers) return Array.from({ length: routers }, () => items);
  const shares = Array.from({ length: routers }, (): T[] => []);
  for (const [index, item] of items.entries())
    for (let asker = 0; asker < askers; asker++)
      shares[(index + Math.floor((asker * routers) / askers)) % routers]?.push(item);
  return shares;
}
