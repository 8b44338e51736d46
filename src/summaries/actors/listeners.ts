/** What a call says of a function that it is handed: by which name it goes, and where it is a listener, whether it runs but once or stops its source. */
import { listenerMethods, oneShotEvents } from '../../catalogue/callbacks.js';
import type { ts } from '../../compiler/compiler.js';
import type { FunctionNode } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** `source.once(…)`, `source.addEventListener(name, listener, { once: true })`, and events that come but once. */
export function listensOnce(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { expression: callee } = call;
  if (!compiler.isPropertyAccessExpression(callee)) return false;
  if (callee.name.text === 'once' || isOnceOption(model, call)) return true;
  const [event] = call.arguments;
  return event !== undefined && compiler.isStringLiteralLike(event) && oneShotEvents.has(event.text) && listenerMethods.has(callee.name.text);
}

/** `{ once: true }` among the arguments of `addEventListener`. */
function isOnceOption(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const options = call.arguments[2];
  return (
    options !== undefined &&
    compiler.isObjectLiteralExpression(options) &&
    options.properties.some(
      (property) =>
        compiler.isPropertyAssignment(property) &&
        property.name.getText() === 'once' &&
        property.initializer.kind === compiler.SyntaxKind.TrueKeyword,
    )
  );
}

/** The listener stops its source before it suspends: `source.pause()`. No further event comes until it goes on. */
export function pausesSource(model: ProgramModel, { expression: callee }: ts.CallExpression, listener: FunctionNode): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(callee) || !listenerMethods.has(callee.name.text)) return false;
  const name = callee.expression.getText();
  const firstWait = firstAwait(model, listener);
  const visit = (node: ts.Node): boolean =>
    (compiler.isCallExpression(node) &&
      node.end <= firstWait &&
      compiler.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'pause' &&
      node.expression.expression.getText() === name) ||
    (compiler.forEachChild(node, (child) => visit(child) || undefined) ?? false);
  return listener.body !== undefined && visit(listener.body);
}

/** Where the function's first `await` is, or the end of the function. */
function firstAwait(model: ProgramModel, node: FunctionNode): number {
  const { compiler } = model;
  const find = (child: ts.Node): number | undefined =>
    compiler.isAwaitExpression(child) ? child.pos : compiler.forEachChild(child, find);
  return (node.body === undefined ? undefined : find(node.body)) ?? node.end;
}
