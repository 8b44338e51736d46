/** Lowers arguments, and callbacks that run as part of an activation or as a continuation of what it has begun. */
import type { ts } from '../compiler/compiler.js';
import { type FunctionNode, skipOuter } from '../syntax/functions.js';
import type { CallEvent, SlotEvent, SuspendEvent, Value, WriteEvent } from './event.js';
import { lowerExpression } from './expressions.js';
import type { Lowering } from './lowering.js';

export function lowerArguments(lowering: Lowering, node: ts.CallExpression | ts.NewExpression): Value[] {
  return (node.arguments ?? []).map((argument) => lowerExpression(lowering, argument));
}

/** A callback that runs later as part of what this activation has begun. */
export function lowerContinuation(lowering: Lowering, node: FunctionNode): void {
  const { flow } = lowering;
  detached(lowering, node, () => {
    flow.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'continuation', operand: undefined });
    flow.inline(node, [], 'awaited');
  });
}

/** Lowers what runs on without being waited for: control forks, and the continuation ends in the task's end. */
export function detached(lowering: Lowering, node: ts.Node, body: () => void): void {
  const { flow, slot } = lowering;
  const continuation = flow.createBlock();
  const main = flow.createBlock();
  flow.detach(continuation, node);
  flow.goto(main);
  flow.moveTo(continuation);
  flow.withHandler(flow.taskEnd, () => {
    const start = flow.createBlock();
    flow.goto(start);
    flow.moveTo(start);
    if (slot !== undefined) flow.emit<SlotEvent>({ kind: 'slot', node, place: slot.place, binding: slot.binding });
    lowering.slot = undefined;
    body();
    flow.goto(flow.taskEnd);
  });
  lowering.slot = slot;
  flow.moveTo(main);
}

/** `this.load` of `this.load.bind(this)`. */
export function unbound({ compiler }: Lowering, callback: ts.Expression): ts.Expression {
  const node = skipOuter(compiler, callback);
  if (!compiler.isCallExpression(node) || !compiler.isPropertyAccessExpression(node.expression)) return node;
  return node.expression.name.text === 'bind' ? skipOuter(compiler, node.expression.expression) : node;
}

/** Calls a function that is not a literal: `lock.run(this.refresh)`, `.then(save)`. */
export function callReference(lowering: Lowering, node: ts.CallExpression, callback: ts.Expression, [given]: readonly Value[] = []): Value {
  const { compiler, flow, oracle } = lowering;
  const value = lowerExpression(lowering, callback);
  const call = flow.emit<CallEvent>({
    kind: 'call',
    node,
    name: compiler.isIdentifier(callback) ? callback.text : undefined,
    receiver: undefined,
    arguments: [],
    consumption: 'awaited',
    isGetter: false,
    reference: callback,
  });
  const state = given === undefined ? undefined : oracle.stateSetBy(callback);
  if (state !== undefined) flow.emit<WriteEvent>({ kind: 'write', node, place: state, how: 'assign', value: given, collection: undefined });
  return { sources: [call, ...value.sources], node };
}
