/**
 * Slots of what runs once, whether it fails or not: whoever asks for a second run is refused, and an object that is a promise
 * itself is settled once. The failure of the run is its answer, and not what spoils the next one.
 */
import type { ts } from '../../compiler/compiler.js';
import { thisOwner } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from './freshness.js';
import { type Flight, isSlotOf } from './promise-slots.js';

export function isOfSingleRun(model: ProgramModel, flight: Flight): boolean {
  return refusesSecond(model, flight) || isSettledByThen(model, flight);
}

/** `if (this.result) throw new Error('has been run'); this.result = this.run();`. */
function refusesSecond(model: ProgramModel, flight: Flight): boolean {
  const { compiler } = model;
  const { graph, write } = flight;
  return model.controlDependence(graph).controllingTests(write.block).some((test) => {
    let node = test.node;
    while (!compiler.isStatement(node) && !compiler.isSourceFile(node)) node = node.parent;
    if (!compiler.isIfStatement(node) || !isWithin(test.node, node.expression)) return false;
    const { thenStatement, elseStatement } = node;
    const other = isWithin(write.node, thenStatement) ? elseStatement : thenStatement;
    return other !== undefined && endsInThrow(model, other) && readsOfTest(model, graph, test).some((read) => isSlotOf(read.place, undefined, [flight]));
  });
}

function endsInThrow({ compiler }: ProgramModel, statement: ts.Statement): boolean {
  const last = compiler.isBlock(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && compiler.isThrowStatement(last);
}

/** The object has a `then` that goes to the slot, itself or by a helper: to wait for the object is to wait for that. */
function isSettledByThen(model: ProgramModel, { graph, place }: Flight): boolean {
  const { compiler } = model;
  const [first] = place.path;
  if (place.root.kind !== 'this' || first?.kind !== 'field' || compiler.isSourceFile(graph.owner)) return false;
  const { owner } = place.root;
  const own = owner === undefined ? undefined : model.file(owner).memberOf(owner, 'then');
  if (owner === undefined || own === undefined || !compiler.isMethodDeclaration(own)) return false;
  const namesSlot = (member: ts.Node): boolean =>
    model.file(owner).mentions(first.name).some((mention) => isWithin(mention, member) && thisOwner(compiler, mention) === owner);
  if (namesSlot(own)) return true;
  const visit = (node: ts.Node): boolean => {
    const callee = compiler.isCallExpression(node) ? model.calleeOfExpression(node.expression, 'syntactic') : undefined;
    if (callee !== undefined && callee.parent === owner && namesSlot(callee)) return true;
    return compiler.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(own);
}
