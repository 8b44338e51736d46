/**
 * Calls that look at or change state outside the process: files, rows, key-value stores.
 *
 * What a call touches is told from names and imports, because lowering asks for every call; that its types agree is asked
 * for the few candidates of a finding.
 */
import { fileOperations, loadingLooks } from '../../catalogue/external-state.js';
import { type Graph, reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent, WriteEvent } from '../../events/event.js';
import type { ExternalEffect } from '../../events/lowering.js';
import { type Place, project, type Projection, rootPlace, variableKey } from '../../places/place.js';
import { type FunctionNode, skipOuter } from '../../syntax/functions.js';
import { keyOf, oneLine } from './external-expressions.js';
import { fileEffects, fileRoot, withoutSync } from './external-files.js';
import { declaredAction, isRowCall, rowAction, rowEffects } from './external-rows.js';
import type { ProgramModel } from './program-model.js';
import type { ReadReference } from '../effects/provenance.js';

/** What the call does to state outside the process, as far as its syntax tells. */
export function externalEffects(model: ProgramModel, call: ts.CallExpression): readonly ExternalEffect[] {
  const { compiler } = model;
  const callee = skipOuter(compiler, call.expression);
  if (compiler.isIdentifier(callee)) return fileEffects(model, call, callee);
  if (!compiler.isPropertyAccessExpression(callee)) return [];
  const name = callee.name.text;
  if (Object.hasOwn(fileOperations, withoutSync(name))) {
    const effects = fileEffects(model, call, callee);
    if (effects.length > 0) return effects;
  }
  const action = rowAction(name) ?? declaredAction(model, name);
  return action === undefined ? [] : rowEffects(model, call, callee, action);
}

/** A callee's external place as its caller sees it; undefined when the caller cannot name it. */
export function externalPlaceAtCall(
  model: ProgramModel,
  place: Place,
  callee: FunctionNode,
  call: CallEvent,
  receiver: Place | undefined,
): Place | undefined {
  const { compiler } = model;
  const { root } = place;
  const [element] = place.path;
  if (root.kind !== 'external' || element?.kind !== 'element' || element.key === undefined) return place;
  const { scopes } = model.file(callee);
  const replaced = new Map<string, { readonly key: string | undefined; readonly text: string }>();
  callee.parameters.forEach((parameter, index) => {
    const binding = compiler.isIdentifier(parameter.name) ? scopes.resolve(parameter.name) : undefined;
    if (binding === undefined) return;
    const argument = call.arguments[index]?.node;
    const isKnown = argument !== undefined && compiler.isExpression(argument);
    replaced.set(variableKey(binding), {
      key: isKnown ? keyOf(model, argument) : undefined,
      text: argument === undefined ? parameter.name.getText() : oneLine(argument),
    });
  });
  if (!compiler.isArrowFunction(callee)) replaced.set('this', { key: receiver?.key, text: receiver?.text ?? 'this' });
  const seen = (text: string): string | undefined => {
    let isKnown = true;
    const result = text.replaceAll(/\b(?:v\d+|this)\b/g, (word) => {
      const other = replaced.get(word);
      if (other !== undefined && other.key === undefined) isKnown = false;
      return other?.key ?? word;
    });
    return isKnown ? result : undefined;
  };
  const name = seen(root.name);
  const key = seen(element.key);
  const terms = element.terms?.map(seen);
  if (name === undefined || key === undefined || terms?.includes(undefined) === true) return undefined;
  const inCaller = (text: string): string => text.replaceAll(/\bthis\b/g, receiver?.text ?? 'this');
  const rootText = replaced.get(root.name)?.text ?? inCaller(root.text);
  const projection: Projection = {
    kind: 'element',
    key,
    text: replaced.get(element.key)?.text ?? inCaller(element.text),
    ...(terms === undefined ? {} : { terms: terms.filter((term) => term !== undefined) }),
  };
  return project(rootPlace({ kind: 'external', name, text: rootText }), projection);
}

/** How sure it is that look and act race; undefined when they do not. Asks the checker, so it is asked late. */
export function externalConfidence(
  model: ProgramModel,
  graph: Graph,
  look: ReadReference,
  test: TestEvent | CallEvent,
  act: { readonly node: ts.Node; readonly block: number; readonly how: WriteEvent['how'] },
): 'medium' | 'low' | undefined {
  const { compiler } = model;
  if (!compiler.isCallExpression(look.node) || !compiler.isCallExpression(act.node)) return undefined;
  const outcome = outcomeOf(model, graph, test, act.block);
  // what was found there is written or removed, what was missed is made: only the loser of that race does harm
  if (outcome !== undefined && (act.how === 'add' || act.how === 'assign') && outcome) return undefined;
  if (outcome !== undefined && act.how === 'remove' && !outcome) return undefined;
  if (look.place.root.kind === 'external' && look.place.root.name === fileRoot) return 'medium';
  if (!isRowCall(model, look.node) || !isRowCall(model, act.node)) return undefined;
  const callee = look.node.expression;
  const name = compiler.isPropertyAccessExpression(callee) ? callee.name.text : '';
  // a cache is looked up and filled, a row is loaded for its own sake and then deleted: mostly by design
  return loadingLooks.test(name) && act.how !== 'add' ? 'low' : 'medium';
}

/**
 * Whether the act lies behind the true outcome of the test alone, or behind the false one; undefined where neither holds, or
 * where the test asks something else than whether it is there.
 */
function outcomeOf(model: ProgramModel, graph: Graph, test: TestEvent | CallEvent, block: number): boolean | undefined {
  if (test.kind !== 'test' || model.compiler.isBinaryExpression(test.node)) return undefined;
  const leads = (label: 'true' | 'false'): boolean =>
    graph.blocks[test.block]?.out.some((edge) => edge.label === label && (edge.to === block || reaches(graph, edge.to, block))) ?? false;
  const [whenTrue, whenFalse] = [leads('true'), leads('false')];
  return whenTrue === whenFalse ? undefined : whenTrue;
}
