/**
 * Gates that a failure shuts for a while: `if (Date.now() < this.openUntil) throw new Error('open'); try { return await send(); } catch
 * (error) { this.openUntil = Date.now() + pause; throw error; }`.
 *
 * As long as the gate is open all tasks pass it, and none does the work for the others. Of two that fail each shuts the gate, and it
 * is shut. Not so where the work went well: then the time says that the work is done, and two have done it.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import { writeAffectsRead } from '../../places/place.js';
import { skipOuter } from '../../syntax/functions.js';
import { isInCatch, isNow } from '../../syntax/tree.js';
import { readsBehind } from '../effects/provenance.js';
import { declaredConstant } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { type Act, isClearing } from './acts.js';
import { ownAnswer } from '../protocols/own-answers.js';

export function isShutGate(model: ProgramModel, graph: Graph, act: Act): boolean {
  const { event, inner, how, check } = act;
  const { test } = check;
  const answer = test.kind === 'test' ? ownAnswer(model, test) : undefined;
  if (!asksTheTime(model, answer ?? conditionAround(model, test.node))) return false;
  // to take back a failure, of which the work was told nothing, leaves open what is open
  if (isClearing(model, act)) return inner === undefined && !isTold(model, graph, act);
  if (how !== 'assign') return false;
  if (isInCatch(model.compiler, inner?.node ?? event.node)) return true;
  if (inner !== undefined) return false;
  const dependence = model.controlDependence(graph);
  return dependence.controllingTests(event.block).some((gate) => {
    const refusal = refusalOf(model.compiler, gate.node);
    const outcomes = dependence.outcomes(event.block, gate);
    return refusal !== undefined && outcomes.size === 1 && outcomes.has(refusal);
  });
}

/** Work before the act is handed what is in the place, or is done on it, and deals with that. */
function isTold(model: ProgramModel, graph: Graph, { event, place }: Act): boolean {
  for (const call of eventsOf(graph)) {
    if (call.kind !== 'call' || call === event || call.node === event.node) continue;
    const given = call.receiver === undefined ? call.arguments : [call.receiver, ...call.arguments];
    const isOfPlace = given.some((value) => readsBehind(model, graph, value).some((read) => writeAffectsRead(place, read.place)));
    if (isOfPlace && suspendsBetween(graph, call, event)) return true;
  }
  return false;
}

/** The whole of `this.until !== undefined && Date.now() < this.until`. */
function conditionAround({ compiler }: ProgramModel, test: ts.Node): ts.Node {
  let node = test;
  while (compiler.isBinaryExpression(node.parent) || compiler.isParenthesizedExpression(node.parent)) node = node.parent;
  return node;
}

/** The clock is read in the condition, or for a constant that it names: `const pause = this.until - Date.now()`. */
function asksTheTime(model: ProgramModel, condition: ts.Node): boolean {
  const { compiler } = model;
  const asks = (node: ts.Node, isNamed: boolean): boolean => {
    if (compiler.isCallExpression(node)) return isNow(compiler, node.expression);
    if (compiler.isIdentifier(node) && !isNamed) {
      const value = declaredConstant(model, node)?.value;
      return value !== undefined && asks(value, true);
    }
    return compiler.forEachChild(node, (child) => asks(child, isNamed) || undefined) ?? false;
  };
  return asks(condition, false);
}

/** The first of the states of an answer that say that a request has failed. */
const firstFailure = 400;

/** The outcome of a test of an answer that says that the request has failed: of `response.status === 429`, `status >= 500`, `response.ok`. */
function refusalOf(compiler: Compiler, test: ts.Node): 'true' | 'false' | undefined {
  const node = compiler.isExpression(test) ? skipOuter(compiler, test) : test;
  if (compiler.isPropertyAccessExpression(node)) return node.name.text === 'ok' ? 'false' : undefined;
  if (!compiler.isBinaryExpression(node) || !/^(?:===?|>=?)$/.test(node.operatorToken.getText())) return undefined;
  return compiler.isNumericLiteral(node.right) && Number(node.right.text) >= firstFailure && /status|code/i.test(node.left.getText()) ? 'true' : undefined;
}
