/** State of components: what a hook keeps, `const [user, setUser] = useState()`, and the field `state` of a class. */
import { computers, holders, stateClasses, stateHooks } from '../../catalogue/reactive.js';
import type { ts } from '../../compiler/compiler.js';
import { originOfMember } from '../../locks/imports.js';
import { field, type Place, project, rootPlace } from '../../places/place.js';
import { skipOuter, thisOwner } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from './program-model.js';

/** The state that a call of the setter replaces: `user` for `setUser`; named by the setter where the state itself has no name. */
export function stateOfSetter(model: ProgramModel, callee: ts.Expression): Place | undefined {
  const { compiler } = model;
  const { scopes } = model.file(callee);
  const setter = compiler.isIdentifier(callee) ? scopes.resolve(callee) : undefined;
  const element = setter?.declaration;
  if (setter === undefined || element === undefined || !compiler.isBindingElement(element) || !compiler.isArrayBindingPattern(element.parent)) return undefined;
  const pattern = element.parent;
  const [state, set] = pattern.elements;
  if (set !== element || !isMadeBy(model, pattern.parent, stateHooks)) return undefined;
  const binding = state !== undefined && compiler.isBindingElement(state) && compiler.isIdentifier(state.name) ? scopes.resolve(state.name) : undefined;
  return rootPlace({ kind: 'variable', binding: binding ?? setter });
}

/** The state into which `this.setState({ user })` merges a part, in a class that is a component. */
export function stateOfComponent(model: ProgramModel, callee: ts.PropertyAccessExpression): Place | undefined {
  const { compiler } = model;
  if (callee.name.text !== 'setState' || callee.expression.kind !== compiler.SyntaxKind.ThisKeyword) return undefined;
  const owner = thisOwner(compiler, callee.expression);
  if (owner === undefined || !compiler.isClassLike(owner) || model.file(owner).memberOf(owner, 'setState') !== undefined) return undefined;
  const [base] = owner.heritageClauses?.find(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword)?.types ?? [];
  const origin = base === undefined ? undefined : originOfMember(compiler, base.expression);
  if (origin === undefined || stateClasses.get(origin.imported)?.includes(origin.specifier) !== true) return undefined;
  return project(rootPlace({ kind: 'this', owner }), field('state'));
}

/**
 * What the name stands for is the same whenever the component is drawn: `useMemo(() => new Client(), [])`, `useRef()`, a state or
 * a setter whose partner is not there, and what its module declares once.
 */
export function isKeptForLife(model: ProgramModel, { declaration, owner, assignments }: Binding): boolean {
  const { compiler } = model;
  if (compiler.isBindingElement(declaration) && compiler.isArrayBindingPattern(declaration.parent)) {
    const pattern = declaration.parent;
    if (!isMadeBy(model, pattern.parent, stateHooks)) return false;
    return pattern.elements[1] === declaration || pattern.elements.length === 1;
  }
  if (!compiler.isVariableDeclaration(declaration)) return compiler.isSourceFile(owner);
  if (assignments.length > 0) return false;
  if (compiler.isSourceFile(owner) || isMadeBy(model, declaration, holders)) return true;
  const maker = declaration.initializer === undefined ? undefined : skipOuter(compiler, declaration.initializer);
  if (maker === undefined || !compiler.isCallExpression(maker) || !isMadeBy(model, declaration, computers)) return false;
  const [, watched] = maker.arguments;
  return watched !== undefined && compiler.isArrayLiteralExpression(watched) && watched.elements.length === 0;
}

/** The variable is declared with a call of one of the functions, which their modules export. */
export function isMadeBy({ compiler }: ProgramModel, declaration: ts.Node, makers: ReadonlyMap<string, readonly string[]>): boolean {
  const maker = compiler.isVariableDeclaration(declaration) && declaration.initializer !== undefined ? skipOuter(compiler, declaration.initializer) : undefined;
  const origin = maker !== undefined && compiler.isCallExpression(maker) ? originOfMember(compiler, maker.expression) : undefined;
  return origin !== undefined && makers.get(origin.imported)?.includes(origin.specifier) === true;
}
