/** What fields and variables are declared with. */
import type { ts } from '../../compiler/compiler.js';
import type { Place } from '../../places/place.js';
import type { ProgramModel } from './program-model.js';

export interface Declared {
  /** The initialiser; undefined where there is none. */
  readonly value: ts.Expression | undefined;
}

/** Undefined for what is no declared variable and no declared field of `this`. */
export function declaredValue(model: ProgramModel, { root, path }: Place): Declared | undefined {
  const { compiler } = model;
  const [first] = path;
  if (root.kind === 'variable' && path.length === 0) {
    const { declaration } = root.binding;
    return compiler.isVariableDeclaration(declaration) ? { value: declaration.initializer } : undefined;
  }
  if (root.kind !== 'this' || root.owner === undefined || first?.kind !== 'field' || path.length > 1) return undefined;
  const member = model.file(root.owner).memberOf(root.owner, first.name);
  return member !== undefined && compiler.isPropertyDeclaration(member) ? { value: member.initializer } : undefined;
}
