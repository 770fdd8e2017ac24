/** What `nginx -t` would refuse in the files of all apps on one host, as far as fleet's files can go wrong. */

/** Complaints about one kind of file (http or stream) over all apps; empty when nginx would take them. */
export function complaintsOf(texts: readonly string[]): string[] {
  const all = texts.join('\n');
  const groups = [...all.matchAll(/^upstream (\S+) \{\n([\s\S]*?)^\}/gm)];
  const names = groups.map(([, name = '']) => name);
  const empty = groups.filter(([, , body = '']) => !/^\s*server /m.test(body)).map(([, name = '']) => name);
  const listens = [...all.matchAll(/^\s*listen (\S+)(.*reuseport.*);/gm)].map(
    ([, at, rest = '']) => `${at}${/udp/.exec(rest) ?? ''}`,
  );
  const passed = [...all.matchAll(/proxy_pass (?:http:\/\/)?([^;\s]+);/g)].map(([, name = '']) => name);
  return [
    ...doubles(names).map((name) => `duplicate upstream "${name}"`),
    ...empty.map((name) => `no servers are inside upstream "${name}"`),
    ...doubles(listens).map((listen) => `duplicate listen options for ${listen}`),
    ...passed.filter((name) => !names.includes(name)).map((name) => `host not found in upstream "${name}"`),
  ];
}

function doubles(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
