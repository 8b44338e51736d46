/** State that a store keeps for the function which it was made of: `get().items`, `set({ items })`. */
import { stateCreators, storeMembers } from '../../catalogue/state-creators.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import { originOfName } from '../../locks/imports.js';
import { field, type Place, project, rootPlace } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, outerParent, propertyNameText, resultAtEnd, skipOuter } from '../../syntax/functions.js';
import type { Binding, FileScopes } from '../../syntax/scopes.js';

export interface StoreState {
  /** The parameter merges a part into the state, or gives the state. */
  readonly role: 'set' | 'get';
  /** The state; named by how it is read. */
  readonly place: Place;
}

/** What the binding does with the state of a store; undefined for what is no parameter of a function that makes one. */
export function storeStateOf(compiler: Compiler, scopes: FileScopes, { declaration, kind }: Binding): StoreState | undefined {
  if (kind !== 'parameter' || !compiler.isParameter(declaration)) return undefined;
  const creator = declaration.parent;
  const [set, get] = creator.parameters;
  if ((declaration !== set && declaration !== get) || !isFunctionLiteral(compiler, creator) || !makesStore(compiler, creator)) return undefined;
  const root = set !== undefined && compiler.isIdentifier(set.name) ? scopes.resolve(set.name) : undefined;
  if (root === undefined) return undefined;
  const text = get === undefined ? 'state' : `${get.name.getText()}()`;
  return { role: declaration === set ? 'set' : 'get', place: { ...rootPlace({ kind: 'variable', binding: root }), text } };
}

/** What the call does with the state of the store that the variable holds; `scopesAt` are those of the file that declares it. */
export function storeStateCalled(
  compiler: Compiler,
  callee: ts.Expression,
  holderOf: (name: ts.Identifier) => Binding | undefined,
  scopesAt: (node: ts.Node) => FileScopes,
): StoreState | undefined {
  if (!compiler.isPropertyAccessExpression(callee) || !compiler.isIdentifier(callee.expression) || !Object.hasOwn(storeMembers, callee.name.text)) return undefined;
  const role = storeMembers[callee.name.text];
  const holder = holderOf(callee.expression);
  const place = role === undefined || holder === undefined ? undefined : stateHeldBy(compiler, holder, scopesAt);
  return role === undefined || place === undefined ? undefined : { role, place: { ...place, text: `${callee.expression.text}.getState()` } };
}

/** The state of the store that the variable is declared with, also by way of what adds to it: `create<Cart>()(persist((set) => …))`. */
function stateHeldBy(compiler: Compiler, holder: Binding, scopesAt: (node: ts.Node) => FileScopes): Place | undefined {
  const { declaration, assignments } = holder;
  if (assignments.length > 0 || !compiler.isVariableDeclaration(declaration)) return undefined;
  let maker = declaration.initializer;
  while (maker !== undefined && compiler.isCallExpression(skipOuter(compiler, maker))) {
    const call = skipOuter(compiler, maker);
    maker = compiler.isCallExpression(call) ? call.arguments[0] : undefined;
  }
  const creator = maker === undefined ? undefined : skipOuter(compiler, maker);
  if (creator === undefined || !isFunctionLiteral(compiler, creator) || !makesStore(compiler, creator)) return undefined;
  const [set] = creator.parameters;
  // one that is made without `set` has its state beside it
  if (set === undefined) return project(rootPlace({ kind: 'variable', binding: holder }), field('state'));
  const root = compiler.isIdentifier(set.name) ? scopesAt(set).resolve(set.name) : undefined;
  return root === undefined ? undefined : rootPlace({ kind: 'variable', binding: root });
}

/** The action of the store that `get().load()` calls: the function under that name in what the creator gives. */
export function storeActionOf(compiler: Compiler, scopes: FileScopes, root: Binding, name: string): FunctionNode | undefined {
  if (storeStateOf(compiler, scopes, root)?.role !== 'set' || !compiler.isParameter(root.declaration)) return undefined;
  const creator = root.declaration.parent;
  const given = isFunctionLiteral(compiler, creator) ? resultAtEnd(compiler, creator.body) : undefined;
  if (given === undefined || !compiler.isObjectLiteralExpression(given)) return undefined;
  for (const property of given.properties) {
    if (property.name === undefined || propertyNameText(compiler, property.name) !== name) continue;
    if (compiler.isMethodDeclaration(property)) return property;
    if (!compiler.isPropertyAssignment(property)) return undefined;
    const value = skipOuter(compiler, property.initializer);
    return isFunctionLiteral(compiler, value) ? value : undefined;
  }
  return undefined;
}

/** It is handed to a function that makes a store, at once or through others that add to it: `create(devtools((set) => …))`. */
function makesStore(compiler: Compiler, creator: FunctionNode): boolean {
  for (let node: ts.Node = creator; ; ) {
    const { parent, child } = outerParent(compiler, node);
    if (!compiler.isCallExpression(parent) || parent.arguments[0] !== child) return false;
    let callee = skipOuter(compiler, parent.expression);
    while (compiler.isCallExpression(callee)) callee = skipOuter(compiler, callee.expression);
    const origin = compiler.isIdentifier(callee) ? originOfName(compiler, callee) : undefined;
    if (origin !== undefined && Object.hasOwn(stateCreators, origin.specifier) && stateCreators[origin.specifier]?.includes(origin.imported) === true) return true;
    node = parent;
  }
}
