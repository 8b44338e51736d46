/** Questions that an object puts to itself: `if (this.isOpen()) …`, where `isOpen() { return this.state === 'open'; }`. */
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent, TestEvent } from '../../events/event.js';
import { resultAtEnd } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

/** The call whose result is the condition itself. */
export function askedBy({ value, node }: TestEvent): CallEvent | undefined {
  return value.sources.find((source): source is CallEvent => source.kind === 'call' && source.node === node);
}

/** The expression that the asked method of the same object returns, and does nothing else. */
export function ownAnswer(model: ProgramModel, test: TestEvent): ts.Expression | undefined {
  const { compiler } = model;
  const call = askedBy(test);
  const receiver = call?.receiver?.place;
  if (call === undefined || call.arguments.length > 0 || receiver?.root.kind !== 'this' || receiver.path.length > 0) return undefined;
  const method = model.callee(call, 'full');
  if (method?.body === undefined || model.hierarchy.overridesOf(method).length > 0) return undefined;
  if (compiler.isBlock(method.body) && method.body.statements.length !== 1) return undefined;
  return resultAtEnd(compiler, method.body);
}
