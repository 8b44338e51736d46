/** Locks that are held from one call to another on purpose: another function releases them, or another file may. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { LockReference } from '../../events/event.js';
import { skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { ProgramModel } from '../model/program-model.js';
import { type Obligation, releaseMembers } from './obligation.js';
import { obligationsOf } from './obligations.js';
import { declarationKeptToFile } from './own-slots.js';

/**
 * Whether another function of the file only releases the lock: then holding it between two calls may be meant, as in a
 * pair of `begin` and `end`. One that acquires it itself releases what it acquired; `byCallers`: so does not who has it from a helper.
 */
export function isReleasedElsewhere(model: ProgramModel, graph: Graph, obligation: Obligation, byCallers = false): boolean {
  const file = model.file(graph.owner);
  return releaseMembers(obligation.operation).some((name) =>
    file.mentions(name).some((mention) => {
      if (isInside(mention, graph) || !isReleaseOf(model, obligation, mention)) return false;
      const other = model.rootActivation(mention);
      if (graph.inlined.has(other)) return false;
      const { lock, operation } = obligation;
      const owing = obligationsOf(model, model.graph(other));
      if (operation.lock === undefined && isDueThere(model, owing, mention)) return false;
      return owing.every(
        (owed) => (byCallers && owed.helper !== undefined) || !isSameKeyed(owed.lock, lock) && (operation.lock !== undefined || owed.operation.lockName !== operation.lockName),
      );
    }),
  );
}

/** It gives back what the function that does it has taken: `release` is its own local, or a member of one. */
function isDueThere(model: ProgramModel, owing: readonly Obligation[], mention: ts.Node): boolean {
  const { compiler } = model;
  const { parent } = mention;
  const holder = compiler.isPropertyAccessExpression(parent) && parent.name === mention ? skipOuter(compiler, parent.expression) : mention;
  const binding = compiler.isIdentifier(holder) ? model.file(holder).scopes.resolve(holder) : undefined;
  return binding !== undefined && owing.some(({ carriers }) => carriers.has(binding));
}

/** The same lock; of a keyed one under any key, since a parameter has a name of its own in each function. */
function isSameKeyed(left: LockReference, right: LockReference): boolean {
  if (left.key === right.key) return true;
  return left.element !== undefined && right.element !== undefined && left.place !== undefined && left.place.key === right.place?.key;
}

/** Whether the name is that of a release of a lock which may be the same. */
function isReleaseOf(model: ProgramModel, { operation, lock, helper }: Obligation, mention: ts.Node): boolean {
  const { compiler } = model;
  if (operation.lock === undefined) return true;
  const { parent } = mention;
  if (!compiler.isPropertyAccessExpression(parent) || parent.name !== mention) return false;
  const place = model.file(mention).places.placeOf(parent.expression);
  if (isMadeHere(model, lock)) return place?.key === lock.place?.key;
  if (place?.root.kind === 'this' && lock.place?.root.kind === 'this') {
    return place.key === lock.place.key && place.root.owner === lock.place.root.owner;
  }
  const other = lastName(model, parent.expression);
  return other === undefined || helper !== undefined || other === lastName(model, operation.lock);
}

/** `const mutex = new Mutex(client, 'job')`: a local of this activation, for whose release another function needs to be handed it. */
function isMadeHere(model: ProgramModel, { place }: LockReference): boolean {
  const { compiler } = model;
  if (place?.root.kind !== 'variable' || place.path.length > 0 || compiler.isSourceFile(place.root.binding.owner)) return false;
  const { initializer } = place.root.binding;
  const made = initializer === undefined ? undefined : skipOuter(compiler, initializer);
  return made !== undefined && (compiler.isNewExpression(made) || model.locks.createsLock(made));
}

function isInside(node: ts.Node, graph: Graph): boolean {
  return isWithin(node, graph.owner);
}

/** The name by which an expression reaches a lock: `mutex` of `this.state.mutex`; undefined where a call gives it. */
function lastName(model: ProgramModel, expression: ts.Expression): string | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  if (compiler.isIdentifier(node)) return node.text;
  if (node.kind === compiler.SyntaxKind.ThisKeyword) return 'this';
  if (compiler.isPropertyAccessExpression(node)) return node.name.text;
  // `(await handle).release()`
  if (compiler.isAwaitExpression(node)) return lastName(model, node.expression);
  return compiler.isElementAccessExpression(node) ? lastName(model, node.expression) : undefined;
}

/** Whether no other file can release the lock: it is made in this one and kept to itself. */
export function isKeptToFile(model: ProgramModel, { lock }: Obligation): boolean {
  const { compiler } = model;
  const declaration = lock.place === undefined ? undefined : declarationKeptToFile(model, lock.place);
  return declaration !== undefined && (!compiler.isVariableDeclaration(declaration) || declaration.initializer !== undefined);
}
