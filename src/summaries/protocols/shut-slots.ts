/**
 * Whoever empties a slot may shut it as well: `this.isReady = true; this.starting = undefined;`, where whoever would fill the slot
 * asks first, `if (this.isReady) return;`, and nobody takes that back. No newer promise comes into such a slot.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { suspendsBetween } from '../../cfg/walk.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import { isNullish } from '../../syntax/constants.js';
import type { ProgramModel } from '../model/program-model.js';
import { assignmentsTo, isFixed, type Requirement, requirementOf } from './outcomes.js';
import type { Flight } from './promise-slots.js';
import type { Replacement } from './slot-clearings.js';

/** The emptying shuts the slot for good, in its own turn and on the same way, against each of the flights. */
export function shutsSlot(model: ProgramModel, { graph, event, isClearing }: Replacement, flights: readonly Flight[]): boolean {
  if (!isClearing) return false;
  const doors = doorsBeside(model, graph, event);
  return doors.length > 0 && flights.every((flight) => doors.some((door) => keepsOut(model, door, flight)));
}

/** What the activation sets to a constant whenever it comes to the event, with no suspension in between. */
function doorsBeside(model: ProgramModel, graph: Graph, event: WriteEvent): readonly WriteEvent[] {
  const testsAt = (block: number): ReadonlySet<unknown> => new Set(model.controlDependence(graph).controllingTests(block));
  const own = testsAt(event.block);
  return eventsOf(graph).filter((other): other is WriteEvent => {
    if (other.kind !== 'write' || other.how !== 'assign' || other.value?.nature !== 'constant' || other.place.key === event.place.key) return false;
    return [...testsAt(other.block)].every((test) => own.has(test)) && !suspendsBetween(graph, other, event) && !suspendsBetween(graph, event, other);
  });
}

/** The flight starts only where the place holds something else, which nobody puts there. */
function keepsOut(model: ProgramModel, { place, value }: WriteEvent, { graph, write }: Flight): boolean {
  const shut = value?.node;
  if (shut === undefined) return false;
  const isShut = model
    .controlDependence(graph)
    .controllingTests(write.block)
    .some((test) => {
      const requirement = suspendsBetween(graph, test, write) ? undefined : requirementOf(model, graph, write.block, test, place);
      return requirement !== undefined && fails(model, requirement, shut);
    });
  return isShut && assignmentsTo(model, graph, place).every(({ assignment }) => assignment.right.getText() === shut.getText());
}

/** The constant certainly does not meet the requirement. */
function fails(model: ProgramModel, requirement: Requirement, constant: ts.Node): boolean {
  const text = constant.getText();
  const isNull = isNullish(model.compiler, constant);
  switch (requirement.kind) {
    case 'falsy':
      return text === 'true';
    case 'truthy':
      return isNull || text === 'false';
    case 'nullish':
      return !isNull;
    case 'non-null':
      return isNull;
    case 'equal':
      return isFixed(model, constant) && text !== requirement.text;
    case 'unequal':
      return text === requirement.text;
    default:
      return false;
  }
}
