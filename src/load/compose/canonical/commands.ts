/** Commands: one text is split into words, a list is taken as it is. */
import { bad } from '../../schema.ts';
import { splitWords } from '../../words.ts';
import { attempt, every, type Form, fields, formatScalar, items, list } from './forms.ts';
import { textList, variables } from './lists.ts';
import { flag, text } from './values.ts';

/** `command` and `entrypoint`. */
export const command: Form = (tree, path, setting) => {
  if (tree.kind !== 'scalar') return items(text)(tree, path, setting);
  return attempt(tree, path, setting, () => list(splitWords(formatScalar(tree.value)), tree.at));
};

/** `healthcheck.test`: one text is a line for the container's shell. */
export const test: Form = (tree, path, setting) => {
  if (tree.kind === 'scalar') return list(['CMD-SHELL', formatScalar(tree.value)], tree.at);
  const made = items(text)(tree, path, setting);
  if (made?.kind !== 'list') return made;
  const [first] = made.items;
  const word = first?.kind === 'scalar' ? formatScalar(first.value) : undefined;
  if (word === undefined || word === 'CMD' || word === 'CMD-SHELL' || word === 'NONE') return made;
  return attempt(first ?? made, [...path, 0], setting, () => {
    throw bad(`${JSON.stringify(word)} can not begin a test`, {
      expected: '["CMD", word, ...], ["CMD-SHELL", line] or ["NONE"]',
      hint: `put "CMD" before ${JSON.stringify(word)}`,
    });
  });
};

/** `post_start` and `pre_stop`. */
export const hooks: Form = items(
  fields({ command, user: text, privileged: flag, working_dir: text, environment: variables }),
);

/** `provider`: each option is a list of texts. */
export const provider: Form = fields({ type: text, options: every(textList) });
