/** The table of attributes as a page for people: playbooks/COMPOSE.md. */
import type { Area, Attribute, AttributeClass } from './attributes.ts';
import { attributeAt, attributePaths, SPECIFICATION } from './attributes-table.ts';
import { FLEET, LANGUAGE } from './attributes-top.ts';

const MEANINGS: Readonly<Record<AttributeClass, string>> = {
  honoured: 'works as in Compose',
  differs: 'works, with the difference that the table states',
  noted: 'means nothing on a fleet; the plan says so',
  refused: 'an error, which names the way out',
};

/** Names in one row of the page are at most this long together. */
const NAMES_WIDTH = 90;

/** The page, in Markdown. */
export function attributesPage(): string {
  return `# What fleet does with a Compose file

Any file of the [Compose Specification](https://compose-spec.io) is a playbook. This page is made from the code
(\`src/load/compose/attributes*.ts\`); a test holds the two together, and \`UPDATE_DOCS=1 npm run test:unit\` writes it.

${summary()}

An attribute that is not in the specification is an error with its place and the nearest right word. Nothing is passed
over in silence. \`x-fleet\` below is fleet's own and not counted.

${[...SPECIFICATION, LANGUAGE, FLEET].map(chapter).join('\n\n')}
`;
}

function summary(): string {
  const own = attributePaths().filter((path) => !path.includes('x-fleet'));
  const classes = own.map((path) => attributeAt(path)?.class ?? 'unknown');
  const count = (kind: string) => classes.filter((one) => one === kind).length;
  const lines = Object.entries(MEANINGS).map(([kind, meaning]) => `| ${kind} | ${count(kind)} | ${meaning} |`);
  return [
    '| class | attributes | meaning |',
    '| --- | --- | --- |',
    ...lines,
    `| unknown | ${count('unknown')} | |`,
    `| all | ${own.length} | in the schema |`,
  ].join('\n');
}

function chapter({ title, rows }: Area): string {
  const lines = together(rows).map(
    ([row, names]) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${row.class} | ${sentence(row)} |`,
  );
  return [`## ${title}`, '', '| attribute | class | what fleet does |', '| --- | --- | --- |', ...lines].join('\n');
}

/** Rows one after the other that say the same stand in one line. */
function together(rows: readonly Attribute[]): readonly (readonly [Attribute, readonly string[]])[] {
  const groups: [Attribute, string[]][] = [];
  for (const row of rows) {
    const name = row.path.replace(/^services\.\*\./, '');
    const last = groups.at(-1);
    const isSame = last !== undefined && last[0].class === row.class && last[0].says === row.says && !row.way;
    if (isSame && [...last[1], name].join(', ').length <= NAMES_WIDTH) last[1].push(name);
    else groups.push([row, [name]]);
  }
  return groups;
}

function sentence({ class: kind, says, way, path, isWhole }: Attribute): string {
  const below = attributePaths().filter((other) => other !== path && isBelow(other, path)).length;
  const reach = isWhole && below > 0 ? ` (and the ${below} below it)` : '';
  const said = says === '' ? 'as in Compose' : says;
  return kind === 'refused' ? `${said}${reach}. Instead: ${way}` : `${said}${reach}`;
}

function isBelow(path: string, above: string): boolean {
  return ['.', '['].some((next) => path.startsWith(`${above}${next}`));
}
