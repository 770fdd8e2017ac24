/** Inputs that are too large to keep as files. */

const MEGABYTE = 1_000_000;
const HEAD = 'services:\n  web:\n    image: nginx\n';

/** Texts by name. */
export const MADE: Readonly<Record<string, () => string>> = {
  'a line of a megabyte in quotes that never end': () => `${HEAD}    command: "${'x'.repeat(MEGABYTE)}\n`,
  'a list of 300,000 values on one line': () => `${HEAD}    command: [${'a,'.repeat(300_000)}b]\n`,
  'a value of a megabyte where a number belongs': () => `${HEAD}    cpus: ${'9'.repeat(MEGABYTE)}\n`,
  'a key of a megabyte': () => `${HEAD}    ${'k'.repeat(MEGABYTE)}: 1\n`,
  'a megabyte of opening brackets': () => `${HEAD}    command: ${'['.repeat(MEGABYTE)}\n`,
  'a megabyte of opening braces': () => `services: ${'{a: '.repeat(250_000)}\n`,
  'lists 3,000 deep': () => `${HEAD}    command: ${'['.repeat(3000)}${']'.repeat(3000)}\n`,
  'a megabyte of dashes': () => `${HEAD}    command:\n    ${'- '.repeat(MEGABYTE / 2)}a\n`,
  'maps a thousand deep by indentation': () =>
    `${HEAD}    x-deep:\n${Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(6 + depth)}a:\n`).join('')}`,
  'maps 200 deep by indentation': () =>
    `${HEAD}    x-deep:\n${Array.from({ length: 200 }, (_, depth) => `${' '.repeat(6 + depth)}a:\n`).join('')}`,
  'a megabyte of dollars, then a brace': () => `${HEAD}    command: ${'$'.repeat(MEGABYTE + 1)}{\n`,
  '50,000 variables that are not set': () => `${HEAD}    cpus: ${'$A'.repeat(50_000)}x\n`,
  'variables 100,000 deep': () => `${HEAD}    command: ${'${A:-'.repeat(100_000)}x${'}'.repeat(100_000)}\n`,
  '200,000 variables without an end': () => `${HEAD}    command: ${'${A '.repeat(200_000)}\n`,
  'billion laughs in maps': () => `${laughs(9, (name) => `{ ${times(9, (i) => `k${i}: *${name}`)} }`)}${HEAD}`,
  'billion laughs in lists': () => `${laughs(9, (name) => `[${times(9, () => `*${name}`)}]`)}${HEAD}`,
  'billion laughs in merge keys': () =>
    `${laughs(9, (name) => `{ <<: [${times(9, () => `*${name}`)}], own: 1 }`)}${HEAD}`,
  'an alias 60,000 times': () => `x-a: &a 1\nx-b: [${times(60_000, () => '*a')}]\n${HEAD}`,
  '10,000 keys that stand twice': () => `${HEAD}    environment:\n${'      A: b\n'.repeat(10_000)}`,
  '10,000 unknown keys': () => `${HEAD}${Array.from({ length: 10_000 }, (_, i) => `    k${i}: 1\n`).join('')}`,
  '1,000 services without an image': () =>
    `services:\n${Array.from({ length: 1000 }, (_, i) => `  s${i}: {}\n`).join('')}`,
  'a circle of 300 services': () =>
    `services:\n${Array.from({ length: 300 }, (_, i) => `  s${i}: { image: nginx, depends_on: [s${(i + 1) % 300}] }\n`).join('')}`,
  'extends 500 long, without an end': () =>
    `services:\n${Array.from({ length: 500 }, (_, i) => `  s${i}: { extends: s${i + 1} }\n`).join('')}`,
  'a range of 60,000 ports on 60,000 others': () => `${HEAD}    ports: ["1-60000:1-60001"]\n`,
  'a host name of a megabyte': () => `hosts:\n  ${'v'.repeat(MEGABYTE)}: {}\n`,
  'a range of a thousand million hosts': () => 'hosts:\n  vm[1:1000000000]: {}\n',
  'ranges that multiply': () => 'hosts:\n  vm[1:999][1:999][1:999]: {}\n',
  'a megabyte of spaces, then a letter': () => `${' '.repeat(MEGABYTE)}x\n`,
  'a megabyte of newlines, then a bracket': () => `${'\n'.repeat(MEGABYTE)}[\n`,
  'a megabyte of a': () => 'a'.repeat(MEGABYTE),
  '11 MiB': () => 'x'.repeat(11 * 2 ** 20),
  'a .env line of a megabyte without an end': () => `A="${'x'.repeat(MEGABYTE)}\n`,
};

function laughs(levels: number, make: (name: string) => string): string {
  const lines = Array.from({ length: levels }, (_, i) => `x-a${i + 1}: &a${i + 1} ${make(`a${i}`)}\n`);
  return `x-a0: &a0 { lol: 1 }\n${lines.join('')}`;
}

function times(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(', ');
}
