/** A search for what the values of one graph hand out, and the steps from an object to its members, elements and views. */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { DefineEvent, Event, ReturnEvent } from '../../events/event.js';
import { contents, maximumPathLength, project, type Projection } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { ProgramModel } from '../model/program-model.js';
import { type Reference, settled } from './reference-steps.js';

export interface ReferenceSearch {
  readonly model: ProgramModel;
  readonly graph: Graph;
  /** What the expression hands out at the event. */
  find(node: ts.Node, at: Event): Reference[];
  /** What the local holds that is defined there. */
  ofDefinition(definition: DefineEvent): readonly Reference[];
  /** What a call of the function returns, in the function's own terms. */
  returned(callee: FunctionNode): readonly Reference[];
}

export function isLocal(search: ReferenceSearch, binding: Binding): boolean {
  const { model, graph } = search;
  return graph.inlined.has(binding.owner) && !(binding.owner === graph.owner && model.compiler.isSourceFile(binding.owner));
}

/** The first event of the node that can take a reference. */
export function eventOf(search: ReferenceSearch, node: ts.Node, at: Event): Event {
  const { model } = search;
  return model.eventsAt(search.graph, node).find(({ kind }) => kind === 'read' || kind === 'call' || kind === 'use') ?? at;
}

export function member(search: ReferenceSearch, base: readonly Reference[], projection: Projection, node: ts.Node, at: Event): Reference[] {
  return base.flatMap((item): Reference[] => {
    const [outer, ...inside] = item.inside;
    if (outer !== undefined) {
      const name = projection.kind === 'field' ? projection.name : (projection.key ?? outer);
      return outer === name || outer === '*' ? [{ ...item, inside }] : [];
    }
    if (item.kind !== 'object' || item.place.path.length >= maximumPathLength) return [];
    if (projection.kind === 'field' && item.except.includes(projection.name)) return [];
    // what a section has handed out was taken there, also where only a part of it is kept
    const event = item.isDirect && item.handedOut === undefined ? eventOf(search, node, at) : item.event;
    return [{ ...item, depth: 0, except: [], place: project(item.place, projection), event, node }];
  });
}

export function elements(search: ReferenceSearch, base: readonly Reference[], node: ts.Node, at: Event): Reference[] {
  return base.flatMap((item) => {
    if (item.isOfKeys) return [];
    if (item.kind === 'view') return member(search, [{ ...item, kind: 'object', isDirect: false }], contents, node, at);
    return member(search, [{ ...item, isDirect: false }], contents, node, at);
  });
}

/** Iterators over the objects; one over a copy is no view, but gives what the copy holds. */
export function views(search: ReferenceSearch, base: readonly Reference[], node: ts.Node, at: Event, isOfKeys: boolean): Reference[] {
  return base.flatMap((item): Reference[] => {
    if (item.depth === 1) return isOfKeys ? [] : [item];
    if (item.kind !== 'object') return [item];
    return [{ ...item, kind: 'view', isOfKeys, node, event: item.isDirect ? eventOf(search, node, at) : item.event }];
  });
}

/** Return events of an inlined function, or of the activation itself. */
export function returnsOf(graph: Graph, inlined: FunctionNode | undefined): ReturnEvent[] {
  const events: ReturnEvent[] = [];
  for (const event of eventsOf(graph)) if (event.kind === 'return' && event.inlined === inlined) events.push(event);
  return events;
}

/** What an inlined callback returns. */
export function inlinedReferences(search: ReferenceSearch, callback: FunctionNode): Reference[] {
  return returnsOf(search.graph, callback).flatMap((event) => {
    const value = event.value?.node;
    if (value === undefined) return [];
    return settled(search.find(value, event)).map((item) => ({ ...item, handedOut: item.handedOut ?? value }));
  });
}
