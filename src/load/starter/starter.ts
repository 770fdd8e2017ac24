/** New files for `fleet init`: made from answers, and read as a command will read them before anything is written. */
import { join } from 'node:path';
import { FleetError, FleetErrors } from '../../model/error.ts';
import { STARTER_FILES, type StarterInventory, type StarterPlaybook } from '../../model/starter.ts';
import { type InventoryOptions, loadInventory, loadPlaybook } from '../index.ts';
import { readFromDisk } from '../source.ts';
import { inventoryText, playbookText } from './texts.ts';

/** The text of a new inventory. Throws FleetErrors (exit code 2) when an answer can not be. */
export async function startInventory(
  answers: StarterInventory,
  options: Pick<InventoryOptions, 'env' | 'home' | 'user'>,
): Promise<string> {
  const text = inventoryText(answers);
  const path = STARTER_FILES.inventory;
  await asAnswers(() => loadInventory(path, { ...options, readFile: onTop({ [path]: text }) }));
  return text;
}

/** The text of a new playbook. Throws FleetErrors (exit code 2) when an answer can not be. */
export async function startPlaybook(answers: StarterPlaybook): Promise<string> {
  const text = playbookText(answers);
  const path = STARTER_FILES.playbook;
  const folder = '/answers';
  const readFile = onTop({ [path]: text, [join(folder, path)]: text });
  await asAnswers(() => loadPlaybook({ files: [path], projectDir: folder, env: {}, readFile }));
  return text;
}

function onTop(texts: Readonly<Record<string, string>>): typeof readFromDisk {
  return async (path) => {
    const text = texts[path];
    return text === undefined ? readFromDisk(path) : Buffer.from(text);
  };
}

/** Problems without their places: the file that they are about is not there yet. */
async function asAnswers(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FleetErrors)) throw error;
    const problems = error.problems.map(({ code, message, hint, expected, notes }) => {
      const details = { ...(hint === undefined ? {} : { hint }), ...(expected === undefined ? {} : { expected }) };
      return new FleetError(code, message, { ...details, notes: [...notes, 'nothing was written'] });
    });
    throw new FleetErrors(problems, 2);
  }
}
