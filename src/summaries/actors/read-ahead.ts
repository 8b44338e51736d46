/** What an object has read from a stream that is locked to it, and has not handed on. */
import { streamReaders } from '../../catalogue/callbacks.js';
import { accessesNear, eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { type Activation, parameterProperty } from '../../syntax/functions.js';
import { activationsNaming } from '../effects/mutations.js';
import { callsBehind } from '../effects/provenance.js';
import { declaredValue } from '../model/declared-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/**
 * The field or variable keeps what an object has taken from a stream that is locked to it, `this.buffer += (await this.reader.read()).value`, and
 * has not handed on: whoever parses a stream asks for one piece after the other.
 */
export function isReadAhead(model: ProgramModel, place: Place): boolean {
  const { root } = place;
  if (root.kind === 'this' ? root.owner === undefined : root.kind !== 'variable') return false;
  return readingGraphs(model, activationsNaming(model, place)).some((graph) => accessesNear(graph, place).some((event) => event.kind === 'write' && event.place.key === place.key));
}

/** Those of the activations that wait for what a reader of a stream reads. */
const readingGraphs = memoized((model: ProgramModel, activations: ReadonlySet<Activation>): readonly Graph[] =>
  [...activations].map((activation) => model.graph(activation)).filter((graph) => waitsForReader(model, graph)));

const waitsForReader = memoized((model: ProgramModel, graph: Graph): boolean =>
  graph.hasSuspension &&
  eventsOf(graph).some((event) => event.kind === 'suspend' && event.operand !== undefined && callsBehind(graph, event.operand).some((call) => isReadOfReader(model, call))));

function isReadOfReader(model: ProgramModel, { name, receiver }: CallEvent): boolean {
  if (name !== 'read' || receiver?.place === undefined) return false;
  const { root, path: [first, ...inner] } = receiver.place;
  const isField = root.kind === 'this' && root.owner !== undefined && model.compiler.isClassLike(root.owner) && first?.kind === 'field' && inner.length === 0;
  const parameter = isField ? parameterProperty(model.compiler, root.owner, first.name) : handedTo(model, receiver.place);
  const type = declaredValue(model, receiver.place)?.type ?? parameter?.type;
  return type !== undefined && model.compiler.isTypeReferenceNode(type) && streamReaders.has(type.typeName.getText());
}

/** `function createParser(reader: ReadableStreamDefaultReader<…>) { … }` */
function handedTo({ compiler }: ProgramModel, { root, path }: Place): ts.ParameterDeclaration | undefined {
  const declaration = root.kind === 'variable' && path.length === 0 ? root.binding.declaration : undefined;
  return declaration !== undefined && compiler.isParameter(declaration) ? declaration : undefined;
}
