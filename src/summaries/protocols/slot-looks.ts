/**
 * What a look at a slot makes of the promise in it. A test for another kind of thing turns nobody away while the promise is there,
 * and so nobody finds its failure: `if (!Array.isArray(this.rows)) this.rows = this.load();`.
 */
import type { ts } from '../../compiler/compiler.js';
import { skipOuter } from '../../syntax/functions.js';
import { readsOfTest } from './freshness.js';
import type { ProgramModel } from '../model/program-model.js';
import { type Flight, isSlotOf } from './promise-slots.js';

/** Whoever comes while the promise is there passes one of the looks, and starts the work anew. */
export function letsPromisesPass(model: ProgramModel, flight: Flight): boolean {
  const { graph, write } = flight;
  const dependence = model.controlDependence(graph);
  return dependence.controllingTests(write.block).some((test) => {
    const isMet = ofPromise(model, test.node);
    if (isMet === undefined || !readsOfTest(model, graph, test).some((read) => isSlotOf(read.place, undefined, [flight]))) return false;
    const outcomes = dependence.outcomes(write.block, test);
    return outcomes.size === 1 && outcomes.has(isMet ? 'true' : 'false');
  });
}

/** Whether a promise meets the test; undefined where the test asks something else. */
function ofPromise({ compiler }: ProgramModel, node: ts.Node): boolean | undefined {
  const test = compiler.isExpression(node) ? skipOuter(compiler, node) : node;
  if (compiler.isCallExpression(test)) return test.expression.getText() === 'Array.isArray' ? false : undefined;
  if (!compiler.isBinaryExpression(test)) return undefined;
  const { operatorToken, left, right } = test;
  if (operatorToken.kind === compiler.SyntaxKind.InstanceOfKeyword) return otherClasses.test(right.getText()) ? false : undefined;
  const isAsked = compiler.isTypeOfExpression(skipOuter(compiler, left)) && compiler.isStringLiteralLike(right);
  if (!isAsked) return undefined;
  const isSame = right.text === 'object';
  const operator = operatorToken.getText();
  return operator.startsWith('===') || operator === '==' ? isSame : operator.startsWith('!=') ? !isSame : undefined;
}

/** Classes of the language of which no promise is one. */
const otherClasses = /^(?:Array|Map|Set|WeakMap|WeakSet|Date|RegExp|Error|ArrayBuffer|Buffer|(?:Big)?(?:Int|Uint|Float)\d+(?:Clamped)?Array)$/;
