/** What an image is made of: programs of Debian packages with their libraries, a few files, and how it runs. Pure. */

/** The folder tree that programs are taken from: this machine, or packages of a Debian suite laid out in a folder. */
export type Source = 'machine' | 'bookworm' | 'forky';

/** A file that the recipe writes itself. */
export interface RecipeFile {
  readonly path: string;
  readonly text: string;
  /** Default 0o644. */
  readonly mode?: number;
}

/** A folder that must be there. */
export interface RecipeFolder {
  readonly path: string;
  /** Default 0o755. */
  readonly mode?: number;
  /** Owner and group, by number; default 0. */
  readonly owner?: number;
}

/** How the image runs, in the words of the image specification. */
export interface RunConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir?: string;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>;
  readonly StopSignal?: string;
}

/** One image, named as Docker Hub's official one, so that the same playbook works with both. */
export interface Recipe {
  readonly repository: string;
  readonly tag: string;
  readonly source: Source;
  /** Packages that the source must have; what they depend on comes along. */
  readonly packages: readonly string[];
  /** The package whose version is the image's; a version of this machine's node stands for itself. */
  readonly versionOf: string;
  /** Programs and libraries by path in the source, each copied with the libraries that it loads. */
  readonly programs: readonly string[];
  /** Where a program goes when that differs from where it is. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Folders whose shared objects are copied, each with the libraries that it loads, but for those that match `except`. */
  readonly plugins?: { readonly folder: string; readonly except: RegExp };
  /** Files and folders copied as they are. */
  readonly trees?: readonly string[];
  readonly folders?: readonly RecipeFolder[];
  readonly files?: readonly RecipeFile[];
  /** Link to target. */
  readonly links?: Readonly<Record<string, string>>;
  /** The user that the official image has beside Debian's own. */
  readonly user?: { readonly name: string; readonly id: number; readonly home: string };
  /** `version` is the package's, without Debian's revision. */
  readonly run: (version: string) => RunConfig;
}

/** Raised with every change of a recipe, so that images made by an older one are made again. */
export const RECIPE_VERSION = 1;

/** The search path that official images set. */
export const IMAGE_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
