/** What `fleet config` and `docker compose config` may differ in, and a look for everything else. */

/** One known difference. */
interface Difference {
  /** Where, as a path such as services.web.command. */
  readonly at: RegExp;
  readonly theirs: (value: unknown) => boolean;
  readonly ours: (value: unknown) => boolean;
  readonly why: string;
}

const isAbsent = (value: unknown) => value === undefined;
const isAnything = () => true;
const isNull = (value: unknown) => value === null;
const isEmpty = (value: unknown) => JSON.stringify(value) === '{}' || JSON.stringify(value) === '[]';
const isFalse = (value: unknown) => value === false;

/** All of them. Nothing else may differ. */
export const DIFFERENCES: readonly Difference[] = [
  {
    at: /^services\.[^.]+\.(command|entrypoint)$/,
    theirs: isNull,
    ours: isAbsent,
    why: "Compose's JSON names both even where the file has none; its YAML does not, nor do we",
  },
  {
    at: /^networks\.[^.]+\.ipam$|\.deploy\.(placement|resources)$/,
    theirs: isEmpty,
    ours: isAbsent,
    why: "Compose's JSON has structures that are always there, if empty",
  },
  {
    at: /\.(create_host_path|disable|pull)$/,
    theirs: isAbsent,
    ours: isFalse,
    why: 'Go leaves out what is false; we show what the file says',
  },
  {
    at: /\.profiles$|\.volumes\.\d+\.volume$/,
    theirs: isAbsent,
    ours: isEmpty,
    why: 'Go leaves out what is empty; we show what the file says',
  },
  {
    at: /^.+\.x-[^.]+$/,
    theirs: isAbsent,
    ours: isAnything,
    why: "Compose's JSON has extensions at the top only; its YAML has all of them, as ours",
  },
  {
    at: /^models$/,
    theirs: isAbsent,
    ours: isAnything,
    why: "Compose's JSON leaves models out; its YAML has them",
  },
  {
    at: /\.blkio_config\.[a-z_]+\.\d+\.(Path|Rate|Weight)$/,
    theirs: isAnything,
    ours: isAbsent,
    why: "Compose's JSON writes these keys with capitals, which it does not read itself",
  },
  {
    at: /\.blkio_config\.[a-z_]+\.\d+\.(path|rate|weight)$/,
    theirs: isAbsent,
    ours: isAnything,
    why: 'the same keys as the specification writes them',
  },
  {
    at: /\.develop\.watch\.\d+\.exec$/,
    theirs: (value) => JSON.stringify(value) === '{"command":null}',
    ours: isAbsent,
    why: "Compose's JSON has structures that are always there, if empty",
  },
];

/** One line for each place where the two differ and should not. */
export function unexplained(theirs: unknown, ours: unknown, path = ''): readonly string[] {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return [];
  if (isExplained(path, theirs, ours)) return [];
  if (isParted(theirs) && isParted(ours) && Array.isArray(theirs) === Array.isArray(ours)) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
    return [...keys].flatMap((key) => unexplained(theirs[key], ours[key], path === '' ? key : `${path}.${key}`));
  }
  return [`${path}: compose ${JSON.stringify(theirs)}, fleet ${JSON.stringify(ours)}`];
}

function isExplained(path: string, theirs: unknown, ours: unknown): boolean {
  return DIFFERENCES.some((one) => one.at.test(path) && one.theirs(theirs) && one.ours(ours));
}

function isParted(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
