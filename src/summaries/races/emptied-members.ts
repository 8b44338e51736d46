/** Members of a record that another function leaves empty: it sets them to nothing, or puts a record without them in the place of the whole. */
import type { Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { WriteEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { isNullish } from '../../syntax/constants.js';
import { type Activation, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { writesTo } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';

/** The place is a field of an object that another field or variable holds: `this.state.session`. */
export function isMemberOfRecord({ root, path }: Place): boolean {
  return path.length > (root.kind === 'this' ? 1 : 0) && path.every(({ kind }) => kind === 'field');
}

export function emptyingsOfMember(model: ProgramModel, graph: Graph, place: Place): readonly { readonly node: ts.Node; readonly activation: Activation }[] {
  const { compiler } = model;
  return writesTo(model, place).flatMap(({ graph: other, event }) => {
    if (event.kind !== 'write' || event.how !== 'assign' || other === graph || !leavesEmpty(model, event, place)) return [];
    const { owner } = other;
    return compiler.isSourceFile(owner) || compiler.isConstructorDeclaration(owner) ? [] : [{ node: event.node, activation: owner }];
  });
}

/** After the write there is nothing in the member: `this.state = { ...this.state, session: undefined }`, `this.state = initial()` is not known. */
function leavesEmpty({ compiler }: ProgramModel, { place: written, value }: WriteEvent, place: Place): boolean {
  let node = value?.node;
  for (const step of place.path.slice(written.path.length)) {
    if (node === undefined || !compiler.isExpression(node) || step.kind !== 'field') return false;
    const record = skipOuter(compiler, node);
    if (isNullish(compiler, record)) return true;
    if (!compiler.isObjectLiteralExpression(record)) return false;
    const index = record.properties.findLastIndex((property) => property.name !== undefined && propertyNameText(compiler, property.name) === step.name);
    // what is laid over it, or lies below it, may have one
    if (record.properties.some((property, at) => at > index && (compiler.isSpreadAssignment(property) || property.name === undefined))) return false;
    const member = record.properties[index];
    if (member === undefined) return true;
    node = compiler.isPropertyAssignment(member) ? member.initializer : undefined;
  }
  return node !== undefined && isNullish(compiler, node);
}
