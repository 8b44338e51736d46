/**
 * State of a component that a function puts back as it saw it: `await save(item); setItems([...items, item]);`. What the
 * function sees is what was shown when it was made (React, "State as a Snapshot"), however late it looks: what was set
 * while it waited is lost.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { SuspendEvent, WriteEvent } from '../../events/event.js';
import { contextOf } from '../actors/contexts.js';
import { mayDependOn } from '../effects/dependence.js';
import { stateOfSetter } from '../model/component-state.js';
import type { ProgramModel } from '../model/program-model.js';
import { readsOfTest } from '../protocols/freshness.js';
import { nearestSuspension } from '../protocols/promise-slots.js';

export interface RenderedState {
  /** Where the state is set. */
  readonly event: WriteEvent;
  /** What the program calls the function that sets it. */
  readonly setter: string;
  readonly suspension: SuspendEvent;
}

export function renderedStates(model: ProgramModel, graph: Graph): readonly RenderedState[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event): RenderedState[] => {
    if (event.kind !== 'write' || event.value === undefined || !compiler.isCallExpression(event.node)) return [];
    const { expression } = event.node;
    if (stateOfSetter(model, expression)?.key !== event.place.key) return [];
    if (!mayDependOn(graph, event.value, (source) => source.kind === 'read' && source.place.key === event.place.key)) return [];
    const suspension = nearestSuspension(graph, event);
    if (suspension === undefined || contextOf(model, graph.owner).multiplicity !== 'overlapping' || isOneAtATime(model, graph, suspension)) return [];
    return [{ event, setter: expression.getText(), suspension }];
  });
}

/** Before it waits the function asks for state that it sets there: a second call is turned away. */
function isOneAtATime(model: ProgramModel, graph: Graph, suspension: SuspendEvent): boolean {
  const asked = new Set(model.controlDependence(graph).controllingTests(suspension.block).flatMap((test) => readsOfTest(model, graph, test).map(({ place }) => place.key)));
  return eventsOf(graph).some((event) => event.kind === 'write' && event.value?.nature === 'constant' && asked.has(event.place.key));
}
