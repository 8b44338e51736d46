/** Packages by the paths of their files and by what imports say. */

const nodeModules = '/node_modules/';
const typesScope = '@types/';

/**
 * Name of the package that holds the file; undefined for a file of the program itself. Only the part after the last
 * `node_modules` counts, which also reads pnpm's and Yarn's stores. `@types/a__b` is the package `@a/b`.
 */
export function packageOfFile(fileName: string): string | undefined {
  const at = fileName.lastIndexOf(nodeModules);
  if (at < 0) return undefined;
  const name = packageOfSpecifier(fileName.slice(at + nodeModules.length));
  if (!name.startsWith(typesScope)) return name;
  const typed = name.slice(typesScope.length);
  const scope = typed.indexOf('__');
  return scope < 0 ? typed : `@${typed.slice(0, scope)}/${typed.slice(scope + 2)}`;
}

/** Whether the file comes with a package of declarations for something else. */
export function isTypesPackageFile(fileName: string): boolean {
  return fileName.includes(`${nodeModules}${typesScope}`);
}

/** The package of a specifier without its subpath: `es-toolkit/promise` is `es-toolkit`. */
export function packageOfSpecifier(specifier: string): string {
  const parts = specifier.split('/', 2);
  if (specifier.startsWith('@') && parts.length === 2) return parts.join('/');
  return parts[0] ?? specifier;
}

/** `node:worker_threads` and `worker_threads` are one module. */
export function withoutNodeScheme(specifier: string): string {
  return specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
}

export function isRelativeSpecifier(specifier: string): boolean {
  return specifier.startsWith('.') || specifier.startsWith('/');
}
