/** What fields and variables are declared with. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from './program-model.js';

export interface Declared {
  /** The initialiser; undefined where there is none. */
  readonly value: ts.Expression | undefined;
  /** The type annotation; undefined where there is none. */
  readonly type: ts.TypeNode | undefined;
}

/** Undefined for what is no declared variable, no declared field of `this` and no static one of a class. */
export function declaredValue(model: ProgramModel, { root, path }: Place): Declared | undefined {
  const { compiler } = model;
  const [first] = path;
  if (root.kind === 'variable' && path.length === 0) {
    const { declaration } = root.binding;
    return compiler.isVariableDeclaration(declaration) ? { value: declaration.initializer, type: declaration.type } : undefined;
  }
  if (first?.kind !== 'field' || path.length > 1) return undefined;
  const owner = root.kind === 'this' ? root.owner : root.kind === 'variable' ? classOf(model, root.binding) : undefined;
  const member = owner === undefined ? undefined : model.file(owner).memberOf(owner, first.name);
  return member !== undefined && compiler.isPropertyDeclaration(member) ? { value: member.initializer, type: member.type } : undefined;
}

function classOf({ compiler }: ProgramModel, { declaration }: Binding): ts.ClassLikeDeclaration | undefined {
  return compiler.isClassLike(declaration) ? declaration : undefined;
}

export interface DeclaredLocal {
  readonly binding: Binding;
  readonly value: ts.Expression;
}

/** The local of the activation that the node names, with what it is declared with; undefined where it is assigned again. */
export function declaredLocal(model: ProgramModel, graph: Graph, node: ts.Node): DeclaredLocal | undefined {
  const { compiler } = model;
  const local = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  const binding = compiler.isIdentifier(local) ? model.file(local).scopes.resolve(local) : undefined;
  if (binding?.kind !== 'variable' || !graph.inlined.has(binding.owner) || binding.assignments.length > 0) return undefined;
  const { declaration } = binding;
  if (!compiler.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  return { binding, value: skipOuter(compiler, declaration.initializer) };
}
