/** The app's name when the playbook has none. */
import { basename } from 'node:path';

const FOLDER_NAMED = new Set(['compose', 'docker-compose']);

/** The file's stem, or the project folder's name for compose.yaml; made fit for names of containers. */
export function appNameOf(file: string, projectDir: string): string {
  const stem = basename(file).replace(/\.(ya?ml|json)$/, '');
  const name = FOLDER_NAMED.has(stem) ? basename(projectDir) : stem;
  const fit = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 41)
    .replace(/-+$/, '');
  return fit === '' ? 'app' : fit;
}
