/**
 * Private fields and outer variables that one function alone uses, to keep a release in and to call it: as good as a
 * local, because nobody else can give back what is in them.
 */
import { eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { Event } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type FunctionNode, isMemberName, isPrivateMember, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import { memoized, type ProgramModel } from '../model/program-model.js';
import { emptyingHelpers } from './emptying-helpers.js';

/** Keys of the places in which the activation puts what `holds` tells of, to call it later on, itself or by a helper, which joins `emptying`. */
export function ownSlots(model: ProgramModel, graph: Graph, holds: (value: ts.Node) => boolean, emptying: Set<FunctionNode>): ReadonlySet<string> {
  const slots = new Set<string>();
  if (model.compiler.isSourceFile(graph.owner)) return slots;
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' || event.value === undefined || slots.has(event.place.key)) continue;
    if (!holds(event.value.node)) continue;
    const declaration = declarationKeptToFile(model, event.place);
    const helpers = emptyingHelpers(model, graph, event.place);
    if (helpers !== undefined) {
      slots.add(event.place.key);
      for (const helper of helpers) emptying.add(helper);
    }
    if (declaration === undefined || helpers !== undefined) continue;
    const calls = callsByCallee(model, graph).get(event.place.key) ?? [];
    if (calls.some((call) => follows(graph, event, call)) && isOwnSlot(model, graph, event.place, declaration)) slots.add(event.place.key);
  }
  return slots;
}

/** Calls and releases by the key of the place that is called, or a member of which is: `this.leave()`, `this.handle.release()`. */
const callsByCallee = memoized((model, graph: Graph): ReadonlyMap<string, readonly Event[]> => {
  const { compiler } = model;
  const byCallee = new Map<string, Event[]>();
  for (const event of eventsOf(graph)) {
    if ((event.kind !== 'call' && event.kind !== 'release') || !compiler.isCallExpression(event.node)) continue;
    const callee = skipOuter(compiler, event.node.expression);
    const { places } = model.file(callee);
    for (const expression of compiler.isPropertyAccessExpression(callee) ? [callee, callee.expression] : [callee]) {
      const key = places.placeOf(expression)?.key;
      const calls = key === undefined ? undefined : byCallee.get(key);
      if (calls !== undefined) calls.push(event);
      else if (key !== undefined) byCallee.set(key, [event]);
    }
  }
  return byCallee;
});

function isOwnSlot(model: ProgramModel, graph: Graph, place: Place, declaration: ts.NamedDeclaration): boolean {
  const { compiler } = model;
  const file = model.file(graph.owner);
  if (place.root.kind === 'variable') {
    const { binding } = place.root;
    if (graph.inlined.has(binding.owner)) return false;
    return file.mentions(binding.name).every((mention) => {
      if (!compiler.isIdentifier(mention) || file.scopes.resolve(mention) !== binding || mention === binding.identifier) return true;
      return isMemberName(compiler, mention) || isKept(model, graph, mention);
    });
  }
  return file.mentions(declaration.name?.getText() ?? '').every((mention) => {
    if (mention === declaration.name || !isWithin(mention, declaration.parent)) return true;
    const { parent } = mention;
    if (!compiler.isPropertyAccessExpression(parent) || parent.name !== mention) return false;
    // a member of something else may have the same name
    return parent.expression.kind !== compiler.SyntaxKind.ThisKeyword || isKept(model, graph, parent);
  });
}

/** The private field, or the variable that its file does not export, that the place is. */
export function declarationKeptToFile(model: ProgramModel, { root, path }: Place): ts.NamedDeclaration | undefined {
  const { compiler } = model;
  const [step] = path;
  if (root.kind === 'variable') {
    const { declaration, isExported, kind } = root.binding;
    return step === undefined && !isExported && kind === 'variable' && compiler.isVariableDeclaration(declaration) ? declaration : undefined;
  }
  const owner = root.kind === 'this' ? root.owner : undefined;
  if (owner === undefined || path.length !== 1 || step?.kind !== 'field' || !compiler.isClassLike(owner)) return undefined;
  const member = model.file(owner).memberOf(owner, step.name);
  return member !== undefined && compiler.isPropertyDeclaration(member) && isPrivateMember(compiler, member) ? member : undefined;
}

/** The activation itself assigns it, calls it or tests it: nobody else gets hold of what is in it. */
function isKept(model: ProgramModel, graph: Graph, use: ts.Node): boolean {
  const { compiler } = model;
  if (model.rootActivation(use) !== graph.owner) return false;
  const { parent, child } = outerParent(compiler, use);
  if (compiler.isCallExpression(parent) || compiler.isPropertyAccessExpression(parent)) return parent.expression === child;
  if (compiler.isBinaryExpression(parent)) return parent.operatorToken.kind !== compiler.SyntaxKind.EqualsToken || parent.left === child;
  return compiler.isIfStatement(parent) || compiler.isPrefixUnaryExpression(parent);
}
