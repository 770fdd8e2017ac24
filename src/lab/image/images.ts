/** The images of the lab: made once from Debian packages, kept in the registry's storage until the lab is purged. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { killAll, markedProcesses } from '../process.ts';
import { CACHE_MARK, makePackageRoot, type PackageRoot } from './apt-root.ts';
import { type Layer, makeLayer } from './layer.ts';
import { describeImage, imageArchitecture } from './manifest.ts';
import { hasImage, pushImage } from './push.ts';
import { busybox } from './recipe/base.ts';
import { nginx } from './recipe/nginx.ts';
import { node } from './recipe/node.ts';
import { postgres } from './recipe/postgres.ts';
import { RECIPE_VERSION, type Recipe, type Source } from './recipe/recipe.ts';
import { redis } from './recipe/redis.ts';
import { stageAllCommands, stageBase, stageRecipe } from './stage.ts';

const RECIPES: readonly Recipe[] = [busybox, nginx, node, postgres, redis];

/** The places that making images needs. */
export interface ImagePlaces {
  /** The registry's address, as `http://10.88.0.1:5000`. */
  readonly registry: string;
  /** Holds the record of what was made, and the build folder meanwhile. */
  readonly cache: string;
}

/** Packages, downloaded and laid out; to be removed with `folder` when the images are made. */
export interface Ingredients {
  readonly folder: string;
  readonly roots: Readonly<Record<Source, PackageRoot>>;
}

/** Are the images that these recipes make on record? Then there is nothing to download. */
export function hasRecord(cache: string): boolean {
  try {
    return readFileSync(recordFile(cache), 'utf8') === recordText();
  } catch {
    return false;
  }
}

/** Downloads the packages that the images are made of. Raises E_LAB_MIRROR. */
export async function fetchIngredients(cache: string): Promise<Ingredients> {
  const folder = join(cache, 'build');
  await killAll(() => markedProcesses(CACHE_MARK));
  rmSync(folder, { recursive: true, force: true });
  const packagesOf = (source: Source): string[] => [
    ...new Set(RECIPES.filter((recipe) => recipe.source === source).flatMap((recipe) => recipe.packages)),
  ];
  const [forky, bookworm] = await Promise.all([
    makePackageRoot('forky', packagesOf('forky'), join(folder, 'forky')),
    makePackageRoot('bookworm', packagesOf('bookworm'), join(folder, 'bookworm')),
  ]);
  const machine = { folder: '/', versions: new Map([['node', process.versions.node]]) };
  return { folder, roots: { forky, bookworm, machine } };
}

/** Makes all images and puts them into the registry. */
export async function makeImages(places: ImagePlaces, ingredients: Ingredients): Promise<void> {
  const { folder, roots } = ingredients;
  const staticBusybox = join(roots.bookworm.folder, '/usr/bin/busybox');
  const baseFolder = join(folder, 'base');
  mkdirSync(baseFolder, { recursive: true });
  stageBase(staticBusybox, baseFolder);
  const base = await makeLayer(baseFolder, `${baseFolder}.tar`);
  await Promise.all(
    RECIPES.map(async (recipe) => {
      const staging = join(folder, 'stage', recipe.repository);
      mkdirSync(staging, { recursive: true });
      const root = roots[recipe.source];
      await stageRecipe(recipe, root.folder, staging);
      if (recipe === busybox) await stageAllCommands(staticBusybox, staging);
      await pushRecipe(places.registry, recipe, root, [base, await makeLayer(staging, `${staging}.tar`)]);
    }),
  );
  writeFileSync(recordFile(places.cache), recordText());
  rmSync(folder, { recursive: true, force: true });
}

/** Does the registry have all images? A record may outlive the storage. */
export async function hasImages(registry: string): Promise<boolean> {
  const answers = await Promise.all(RECIPES.map((recipe) => hasImage(registry, recipe.repository, recipe.tag)));
  return answers.every(Boolean);
}

async function pushRecipe(
  registry: string,
  recipe: Recipe,
  root: PackageRoot,
  layers: readonly Layer[],
): Promise<void> {
  const version = root.versions.get(recipe.versionOf) ?? recipe.tag;
  const texts = describeImage(recipe.run(version), imageArchitecture(process.arch), layers);
  for (const tag of new Set([recipe.tag, version])) {
    await pushImage(registry, { repository: recipe.repository, tag }, { texts, layers });
  }
}

function recordFile(cache: string): string {
  return join(cache, 'images.json');
}

function recordText(): string {
  return `${JSON.stringify({ recipes: RECIPE_VERSION, node: process.versions.node })}\n`;
}
