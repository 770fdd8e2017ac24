/** What `nginx -t` would refuse in the files of all apps on one host, as far as fleet's files can go wrong. */

/** Complaints about one kind of file (http or stream) over all apps; empty when nginx would take them. */
export function complaintsOf(texts: readonly string[]): string[] {
  const all = texts.join('\n');
  const groups = [...all.matchAll(/^upstream (\S+) \{\n([\s\S]*?)^\}/gm)];
  const names = groups.map(([, name = '']) => name);
  const empty = groups.filter(([, , body = '']) => !/^\s*server /m.test(body)).map(([, name = '']) => name);
  const cramped = groups.filter(([, , body = '']) => zoneKibibytes(body) < leastKibibytes(body));
  const listens = [...all.matchAll(/^\s*listen (\S+)(.*reuseport.*);/gm)].map(
    ([, at, rest = '']) => `${at}${/udp/.exec(rest) ?? ''}`,
  );
  const passed = [...all.matchAll(/proxy_pass (?:http:\/\/)?([^;\s]+);/g)].map(([, name = '']) => name);
  return [
    ...doubles(names).map((name) => `duplicate upstream "${name}"`),
    ...empty.map((name) => `no servers are inside upstream "${name}"`),
    ...cramped.map(([, name = '']) => `ngx_slab_alloc() failed: no memory in upstream zone "${name}"`),
    ...doubles(listens).map((listen) => `duplicate listen options for ${listen}`),
    ...passed.filter((name) => !names.includes(name)).map((name) => `host not found in upstream "${name}"`),
  ];
}

function doubles(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function zoneKibibytes(body: string): number {
  return Number(/^ *zone \S+ (\d+)k;/m.exec(body)?.[1] ?? 0);
}

/** Tried with nginx 1.30, http and stream: 2,000 server lines want more than 1,536 KiB, 200 more than 128, 40 up to 64. */
function leastKibibytes(body: string): number {
  return 1.02 * [...body.matchAll(/^ *server /gm)].length;
}
