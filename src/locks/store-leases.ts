/**
 * A lease that a key of a store stands for: `SET key token NX` takes it, `DEL key` or a script gives it back. A key that no
 * code of the same file gives back is no lease: it marks what was done, and runs out by itself.
 */
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyValue, skipOuter } from '../syntax/functions.js';

const none: ReadonlySet<string> = new Set();
const leasesByFile = new WeakMap<ts.SourceFile, ReadonlySet<string>>();

/** By the text of a file alone: something is set only where it is absent, and something is deleted. */
export function mayHoldLeases(text: string): boolean {
  return /\bNX\b|\bsetnx\b|\bsetNX\b/.test(text) && /\b(?:del|unlink|eval(?:sha|Sha)?)\(/.test(text);
}

/** The key, where the call takes such a lease or gives one back. */
export function leaseKeyOf(compiler: Compiler, call: ts.CallExpression): ts.Expression | undefined {
  const file = call.getSourceFile();
  const leases = leasesOf(compiler, file);
  if (leases.size === 0) return undefined;
  return [...takenBy(compiler, call), ...givenBackBy(compiler, call)].find((key) => leases.has(key.getText(file)));
}

function leasesOf(compiler: Compiler, file: ts.SourceFile): ReadonlySet<string> {
  const known = leasesByFile.get(file);
  if (known !== undefined) return known;
  const leases = mayHoldLeases(file.text) ? collect(compiler, file) : none;
  leasesByFile.set(file, leases);
  return leases;
}

function collect(compiler: Compiler, file: ts.SourceFile): ReadonlySet<string> {
  const taken = new Set<string>();
  const given = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (compiler.isCallExpression(node)) {
      for (const key of takenBy(compiler, node)) taken.add(key.getText(file));
      for (const key of givenBackBy(compiler, node)) given.add(key.getText(file));
    }
    compiler.forEachChild(node, visit);
  };
  visit(file);
  return new Set([...taken].filter((key) => given.has(key)));
}

/** `set(key, token, 'PX', 1000, 'NX')`, `set(key, token, { NX: true })`, `setnx(key, token)`. */
function takenBy(compiler: Compiler, { expression, arguments: given }: ts.CallExpression): readonly ts.Expression[] {
  const [key, , ...options] = given;
  if (key === undefined || !compiler.isPropertyAccessExpression(expression)) return [];
  const { text } = expression.name;
  return /^set(?:nx|NX)$/.test(text) || (text === 'set' && options.some((option) => asksForAbsence(compiler, skipOuter(compiler, option)))) ? [key] : [];
}

function asksForAbsence(compiler: Compiler, option: ts.Expression): boolean {
  if (compiler.isStringLiteralLike(option)) return option.text.toUpperCase() === 'NX';
  if (!compiler.isObjectLiteralExpression(option)) return false;
  const condition = propertyValue(compiler, option, 'condition');
  return propertyValue(compiler, option, 'NX')?.kind === compiler.SyntaxKind.TrueKeyword || (condition !== undefined && compiler.isStringLiteralLike(condition) && condition.text === 'NX');
}

/** `del(key)`, `unlink([key])`, `eval(script, 1, key, token)`, `eval(script, { keys: [key] })`. */
function givenBackBy(compiler: Compiler, { expression, arguments: given }: ts.CallExpression): readonly ts.Expression[] {
  if (!compiler.isPropertyAccessExpression(expression)) return [];
  const { text } = expression.name;
  if (text === 'del' || text === 'unlink') return given.flatMap((key) => elementsOf(compiler, key));
  if (!/^eval(?:sha|Sha)?$/.test(text)) return [];
  return given.slice(1).flatMap((argument) => {
    const options = skipOuter(compiler, argument);
    const keys = compiler.isObjectLiteralExpression(options) ? propertyValue(compiler, options, 'keys') : options;
    return keys === undefined ? [] : elementsOf(compiler, keys);
  });
}

function elementsOf(compiler: Compiler, keys: ts.Expression): readonly ts.Expression[] {
  const node = skipOuter(compiler, keys);
  return compiler.isArrayLiteralExpression(node) ? node.elements : [node];
}
