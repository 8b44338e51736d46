/**
 * Locks that are no object: two functions side by side, of which one waits for its turn and the other lets the next one in. Pools
 * that are no object are found in the same way.
 * They share variables of the module, or of the function around them.
 */
import type { ModelMember } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { isPairOfVerbs, mayBeginPair, verbOf } from './member-words.js';
import { functionsOf, type NamedFunction } from './named-functions.js';
import { givesBack, mayBorrow, poolOfFunctions } from './pool-shapes.js';
import { membersOfFunctions } from './shapes.js';

export interface FunctionShape {
  readonly member: ModelMember;
  /** The name that the lock goes by in all functions of a pair; undefined where the function is alone. */
  readonly lock: string | undefined;
  /** The functions hand out things and take them back, and keep nobody out. */
  readonly isPool?: boolean;
}

const pairs = new WeakMap<ts.Node, ReadonlyMap<string, FunctionShape>>();

/** What the function is by its shape together with the functions beside it; undefined when they make no lock. */
export function pairShapeOf(compiler: Compiler, declaration: ts.Node, name: string): FunctionShape | undefined {
  const around = compiler.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : declaration.parent;
  if (around === undefined || (!compiler.isBlock(around) && !compiler.isSourceFile(around))) return undefined;
  let found = pairs.get(around);
  if (found === undefined) pairs.set(around, (found = pairsIn(compiler, around)));
  return found.get(name);
}

function pairsIn(compiler: Compiler, { statements }: ts.Block | ts.SourceFile): ReadonlyMap<string, FunctionShape> {
  const functions = statements.flatMap((statement) => functionsOf(compiler, statement));
  const begins = functions.filter(({ name }) => verbOf(name, false) === 'acquire' || mayBeginPair(name));
  const locks = begins.length === 0 ? noShapes : locksAmong(compiler, statements, functions, begins);
  if (locks.size > 0) return locks;
  const isPair = functions.some(({ name }) => mayBorrow(name) && functions.some((other) => givesBack(name, other.name)));
  return isPair ? poolAmong(compiler, functions) : noShapes;
}

const noShapes: ReadonlyMap<string, FunctionShape> = new Map<string, FunctionShape>();

function locksAmong(
  compiler: Compiler,
  statements: readonly ts.Statement[],
  functions: readonly NamedFunction[],
  begins: readonly NamedFunction[],
): ReadonlyMap<string, FunctionShape> {
  const parts = functions.filter(
    (each) => begins.includes(each) || verbOf(each.name, false) !== 'other' || begins.some(({ name }) => isPairOfVerbs(name, each.name)),
  );
  const groups = sharingVariables(compiler, statements, functions, parts);
  const separate = new Map(groups.flatMap((group) => [...shapesOf(compiler, group)]));
  // they may share what is declared further out
  return separate.size > 0 ? separate : shapesOf(compiler, parts);
}

/** The functions by what they share: two pairs that stand beside each other are two locks. */
function sharingVariables(
  compiler: Compiler,
  statements: readonly ts.Statement[],
  functions: readonly NamedFunction[],
  parts: readonly NamedFunction[],
): readonly (readonly NamedFunction[])[] {
  const byName = new Map(functions.map((each) => [each.name, each]));
  const variables = new Set<string>();
  for (const statement of statements) {
    if (compiler.isVariableStatement(statement)) statement.declarationList.declarations.forEach(({ name }) => variables.add(name.getText()));
  }
  /** Names that the function mentions, itself or in the functions that it mentions. */
  const noteShared = (node: ts.Node, shared: Set<string>): void => {
    if (compiler.isIdentifier(node) && !shared.has(node.text)) {
      const named = byName.get(node.text);
      if (named !== undefined || variables.has(node.text)) shared.add(node.text);
      if (named !== undefined) noteShared(named.node, shared);
    }
    compiler.forEachChild(node, (child) => noteShared(child, shared));
  };
  let groups: { readonly shared: ReadonlySet<string>; readonly members: readonly NamedFunction[] }[] = [];
  for (const part of parts) {
    const shared = new Set([part.name]);
    noteShared(part.node, shared);
    const joined = groups.filter((group) => [...shared].some((name) => group.shared.has(name)));
    groups = groups.filter((group) => !joined.includes(group));
    groups.push({ shared: new Set([...shared, ...joined.flatMap((group) => [...group.shared])]), members: [...joined.flatMap((group) => group.members), part] });
  }
  return groups.map(({ members }) => members);
}

/** The functions that are one lock together; none when they are no lock. */
function shapesOf(compiler: Compiler, functions: readonly NamedFunction[]): ReadonlyMap<string, FunctionShape> {
  const shapes = new Map<string, FunctionShape>();
  const members = Object.entries(membersOfFunctions(compiler, functions));
  const lock = members.find(([, member]) => member.does === 'acquire' && member.release.by === 'lock-member')?.[0];
  if (lock === undefined) return shapes;
  for (const [name, member] of members) {
    if (member.does === 'release') shapes.set(name, { lock, member });
    else if (member.does === 'acquire' && member.release.by === 'lock-member') shapes.set(name, { lock, member: releasedBy(member.release.members, member, members) });
  }
  return shapes;
}

/** The functions that are one pool together: `take()` beside `give(connection)`. */
function poolAmong(compiler: Compiler, functions: readonly NamedFunction[]): ReadonlyMap<string, FunctionShape> {
  const members = Object.entries(poolOfFunctions(compiler, functions)?.members ?? {});
  const lock = members.find(([, member]) => member.does === 'acquire')?.[0];
  return new Map(
    members.map(([name, member]) => {
      const isBorrow = member.does === 'acquire' && member.release.by === 'lock-member';
      return [name, { lock, member: isBorrow ? releasedBy(member.release.members, member, members) : member, isPool: true }];
    }),
  );
}

/** Functions that stand beside it give the lock back, with what is known of that. */
function releasedBy(
  functions: readonly string[],
  acquire: Extract<ModelMember, { does: 'acquire' }>,
  members: readonly (readonly [string, ModelMember])[],
): ModelMember {
  const release = members.find(([name]) => functions.includes(name))?.[1];
  const facts = release?.does === 'release' ? { asynchronous: release.asynchronous ?? false, ...(release.again === undefined ? {} : { again: release.again }) } : {};
  return { ...acquire, release: { by: 'module-function', functions, ...facts } };
}
