/**
 * Objects that others can reach before a member is there on which they rely: `this.peers.set(id, peer); peer.key = await
 * agree(id);`, beside a reader that says `this.peers.get(id)!.key.length`.
 */
import { accessesNear, eventsOf, follows, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { SuspendEvent, WriteEvent } from '../../events/event.js';
import { field, holderOf, type Place, project, rootPlace } from '../../places/place.js';
import { outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { asksWriter, isAsked, type Look, looksAt, mayLookMeanwhile, placesAskedBefore, waitsForPlace } from '../actors/readers.js';
import { isShared } from '../actors/sharing.js';
import { mayReach } from '../effects/mutations.js';
import { declaredLocal } from '../model/declared-values.js';
import type { ProgramModel } from '../model/program-model.js';

export interface EarlyMember {
  /** Where the object is put for others to find. */
  readonly write: WriteEvent;
  readonly place: Place;
  readonly suspension: SuspendEvent;
  /** The write that sets the member, and the member by the name that readers have for it. */
  readonly last: { readonly node: ts.Node; readonly place: Place };
  readonly look: Look;
}

export function earlyMembers(model: ProgramModel, graph: Graph): readonly EarlyMember[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  const found: EarlyMember[] = [];
  for (const write of eventsOf(graph)) {
    if (write.kind !== 'write' || (write.how !== 'assign' && write.how !== 'add') || write.value === undefined) continue;
    const made = madeObject(model, graph, write);
    if (made === undefined) continue;
    for (const late of membersAfter(model, graph, write, made)) {
      const member = judge(model, graph, write, late);
      if (member === undefined) continue;
      found.push(member);
      break;
    }
  }
  return found;
}

interface MadeObject {
  /** The local that holds it; undefined where it is made in place. */
  readonly binding: Binding | undefined;
  readonly maker: ts.ObjectLiteralExpression | ts.NewExpression;
}

/** The object that the activation has made and puts there. */
function madeObject(model: ProgramModel, graph: Graph, { value }: WriteEvent): MadeObject | undefined {
  const { compiler } = model;
  if (value === undefined || !compiler.isExpression(value.node)) return undefined;
  const node = skipOuter(compiler, value.node);
  if (compiler.isObjectLiteralExpression(node) || compiler.isNewExpression(node)) return { binding: undefined, maker: node };
  const local = declaredLocal(model, graph, node);
  if (local === undefined || !(compiler.isObjectLiteralExpression(local.value) || compiler.isNewExpression(local.value))) return undefined;
  return { binding: local.binding, maker: local.value };
}

interface LateMember {
  readonly name: string;
  readonly event: WriteEvent;
  readonly suspension: SuspendEvent;
}

/** Members that the object was made without, and gets only after a suspension that follows the write. */
function* membersAfter(model: ProgramModel, graph: Graph, write: WriteEvent, { binding, maker }: MadeObject): Generator<LateMember> {
  const holders = binding === undefined ? [write.place] : [rootPlace({ kind: 'variable', binding }), write.place];
  for (const event of holders.flatMap((holder) => accessesNear(graph, holder).filter(({ place }) => holderOf(place).key === holder.key))) {
    if (event.kind !== 'write' || event.how !== 'assign' || event.value === undefined || event.value.nature === 'constant' || event.value.nature === 'empty') continue;
    const last = event.place.path.at(-1);
    if (last?.kind !== 'field' || !follows(graph, write, event)) continue;
    const isSetBefore = accessesNear(graph, event.place).some((other) => other !== event && other.kind === 'write' && other.place.key === event.place.key && follows(graph, other, event));
    if (isSetBefore) continue;
    const suspension = eventsOf(graph).find((other) => other.kind === 'suspend' && follows(graph, write, other) && follows(graph, other, event));
    if (suspension?.kind === 'suspend' && isMadeWithout(model, maker, last.name)) yield { name: last.name, event, suspension };
  }
}

/** Neither the literal nor the class gives the member a value. */
function isMadeWithout(model: ProgramModel, maker: MadeObject['maker'], name: string): boolean {
  const { compiler } = model;
  if (compiler.isObjectLiteralExpression(maker)) {
    return maker.properties.every((property) => property.name !== undefined && propertyNameText(compiler, property.name) !== name);
  }
  const owner = compiler.isIdentifier(maker.expression) ? model.questions.declarationAt(maker.expression) : undefined;
  if (owner === undefined || !compiler.isClassLike(owner) || owner.heritageClauses !== undefined) return false;
  const member = model.file(owner).memberOf(owner, name);
  if (member === undefined || !compiler.isPropertyDeclaration(member) || member.initializer !== undefined) return false;
  const constructor = owner.members.find((each) => compiler.isConstructorDeclaration(each));
  return constructor === undefined || !new RegExp(`\\bthis\\.${name.replaceAll('$', '\\$')}\\b`).test(constructor.getText());
}

function judge(model: ProgramModel, graph: Graph, write: WriteEvent, late: LateMember): EarlyMember | undefined {
  const { place } = write;
  const { suspension } = late;
  if (!isShared(model, graph, place)) return undefined;
  const member = project(place, field(late.name));
  for (const look of looksAt(model, member, true)) {
    if (look.graph === graph || !isNeeded(model, look) || isAsked(model, look) || asksObject(model, look, place)) continue;
    if (!mayLookMeanwhile(model, graph, write, suspension, place, look)) continue;
    if (waitsForPlace(model, look) || asksWriter(model, look, [place], graph)) continue;
    if (write.collection !== undefined && !model.questions.isCollection(write.collection)) return undefined;
    return { write, place, suspension, last: { node: late.event.node, place: member }, look };
  }
  return undefined;
}

/** The reader fails, or goes on with nothing, where the member is not there. */
function isNeeded({ compiler }: ProgramModel, { event: { node } }: Look): boolean {
  if (compiler.isNonNullExpression(node.parent)) return true;
  const { parent, child } = outerParent(compiler, node);
  if (compiler.isCallExpression(parent)) return parent.expression === child && parent.questionDotToken === undefined;
  const isAccess = compiler.isPropertyAccessExpression(parent) || compiler.isElementAccessExpression(parent);
  return isAccess && parent.expression === child && parent.questionDotToken === undefined;
}

/** The reader asks the object for something else first, which may tell whether the member is there. */
function asksObject(model: ProgramModel, look: Look, place: Place): boolean {
  return placesAskedBefore(model, look).some((tested) => tested.path.length > place.path.length && mayReach(tested, place));
}
