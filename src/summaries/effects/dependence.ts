/**
 * What a written value was made of, and whether it was read before the task suspended.
 *
 * `provenance` tells which reads are behind a value. Here the way from the read to the write matters too: a suspension on
 * it makes the read old, and what the expression does with it tells what is lost when another task writes in between.
 */
import type { Graph } from '../../cfg/graph.js';
import { walkBackward } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, DefineEvent, Event, ReadEvent, SourceEvent, SuspendEvent, Value } from '../../events/event.js';
import { field, maximumPathLength, type Place, project, writeAffectsRead } from '../../places/place.js';
import { type FunctionNode, outerParent, propertyNameText, skipOuter } from '../../syntax/functions.js';
import { isWithin } from '../../syntax/tree.js';
import type { HeldLocks } from '../locks/held-locks.js';
import { takerOf } from '../model/named-values.js';
import type { ProgramModel } from '../model/program-model.js';
import { areExclusive } from './exclusive-ways.js';
import { reachingDefinitions, substitute } from './provenance.js';
import { moduleOf } from './reach.js';
import { summarize } from './summary.js';

/**
 * What was done with the content that was read. Ordered: along one way the strongest counts, except that nothing certain
 * can be told of what went through an `opaque` call or comparison.
 */
export type Manner =
  /** It is the value itself. */
  | 'same'
  /** One of its properties is. */
  | 'part'
  /** It was copied into a new object, unchanged, beside other properties with fixed names. */
  | 'carried'
  /** The new content is the old one and more: a sum, a longer list, a record with one more key. */
  | 'extended'
  | 'opaque';

export interface Dependence {
  readonly place: Place;
  readonly event: ReadEvent | CallEvent;
  /** Where the read is; in a callee when the event is a call. */
  readonly node: ts.Node;
  readonly manner: Manner;
  /** The first suspension found between the read and the write that no exclusive lock covers. */
  readonly suspension: SuspendEvent | undefined;
  /** Whether a suspension lies in between, in this function or in a callee. */
  readonly isOld: boolean;
  /** See `ReadEvent.heldBy`. */
  readonly heldBy: Place | undefined;
  /** The part of the written expression through which it came: of two looks through one local, only one is in the value. */
  readonly root: SourceEvent;
}

/** Whose functions are worth resolving at the cost of a question: those of the object or module that the value goes to. */
export interface Partner {
  readonly place: Place | undefined;
  readonly module: string | undefined;
}

/** The object or module whose function is called: what one of its functions is given to keep, another may have told before. */
export function partnerOf(model: ProgramModel, call: CallEvent): Partner {
  const place = call.receiver?.place;
  const isOther = place !== undefined && place.root.kind !== 'global' && !(place.root.kind === 'this' && place.path.length === 0);
  return { place: isOther ? place : undefined, module: moduleOf(model, call) };
}

/** Values are followed through this many locals and calls. */
const maximumSteps = 48;

/**
 * The reads behind the value that the event stores or hands on, through locals and calls that answer at once. Methods of the
 * `partner` are resolved at the cost of a question to the checker; of other objects, only those that syntax leads to.
 */
export function dependencesOf(
  model: ProgramModel,
  graph: Graph,
  locks: HeldLocks,
  at: Event,
  value: Value,
  partner?: Partner,
): readonly Dependence[] {
  const held: HeldLocks = { ...locks, isExclusive: (suspension) => locks.isExclusive(suspension) || areExclusive(model, graph, suspension, at) };
  const found: Dependence[] = [];
  const seen = new Set<string>();
  const ids = new Map<SourceEvent | DefineEvent, number>();
  const idOf = (event: SourceEvent | DefineEvent): number => {
    let id = ids.get(event);
    if (id === undefined) ids.set(event, (id = ids.size));
    return id;
  };
  interface Item {
    readonly value: Value;
    readonly consumer: Event;
    readonly manner: Manner;
    readonly suspension: SuspendEvent | undefined;
    readonly root: SourceEvent | undefined;
  }
  const work: Item[] = [{ value, consumer: at, manner: 'same', suspension: undefined, root: undefined }];
  for (let item = work.pop(); item !== undefined; item = work.pop()) {
    const { consumer } = item;
    for (const source of item.value.sources) {
      const manner = strongest(mannerWithin(model, source.node, item.value.node), item.manner);
      const root = item.root ?? source;
      const key = `${idOf(root)} ${idOf(source)} ${manner} ${item.suspension === undefined ? '' : 'old'}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > maximumSteps) {
        model.limits.add('steps behind one value');
        return found;
      }
      const suspension = item.suspension ?? suspensionBetween(graph, held, source, consumer);
      if (source.kind === 'read') {
        const { place, node, heldBy } = source;
        const whole = strongest(mannerOfRead(model.compiler, source), manner);
        found.push({ place, event: source, node, manner: whole, suspension, isOld: suspension !== undefined, heldBy, root });
      } else if (source.kind === 'use') {
        for (const definition of reachingDefinitions(graph, source)) {
          if (definition.value === undefined) continue;
          const earlier = suspension ?? suspensionBetween(graph, held, definition, source);
          work.push({ value: definition.value, consumer: definition, manner, suspension: earlier, root });
        }
      } else {
        const member = memberOfAnswer(model.compiler, source.node, item.value.node);
        found.push(...readsOfCallee(model, source, { manner, suspension, root }, held, partner, member));
        if (source.consumption === 'awaited' || source.consumption === 'returned') continue;
        for (const part of [source.receiver, ...source.arguments]) {
          if (part !== undefined && isWithin(part.node, source.node)) {
            const inner = strongest(mannerWithin(model, part.node, source.node), manner);
            // each operand of a call that is written down in the value is a part of its own
            work.push({ value: part, consumer: source, manner: inner, suspension, root: item.root });
          }
        }
      }
    }
  }
  return found;
}

/** A helper that looks at the caller's own places: `this.count()`, a function of the module. */
function readsOfCallee(
  model: ProgramModel,
  call: CallEvent,
  way: Pick<Dependence, 'manner' | 'suspension' | 'root'>,
  held: HeldLocks,
  partner: Partner | undefined,
  member: string | undefined,
): Dependence[] {
  const callee = model.callee(call, partner !== undefined && isOfPartner(model, call, partner) ? 'full' : 'syntactic');
  if (callee === undefined) return [];
  const isOld = way.suspension !== undefined;
  const { compiler } = model;
  const accessor = call.isGetter && compiler.isExpression(call.node) ? model.file(call.node).places.placeOf(call.node) : undefined;
  const found: Dependence[] = accessor === undefined ? [] : [{ ...way, place: accessor, event: call, node: call.node, isOld, heldBy: undefined }];
  for (const read of summarize(model, callee).returns) {
    const place = substitute(model, read.place, callee, call);
    if (place === undefined) continue;
    found.push({
      ...way,
      place: member === undefined || place.path.length >= maximumPathLength || mannerOfReturn(model, read.node, callee) !== 'same' ? place : project(place, field(member)),
      event: call,
      node: read.node,
      manner: strongest(mannerOfReturn(model, read.node, callee), way.manner),
      isOld: isOld || (read.isOld && !held.isExclusive(call)),
      heldBy: undefined,
    });
  }
  return found;
}

/** Which member of the call's answer is taken: `count` of `this.state().count`, and of `const { count } = this.state()`. */
function memberOfAnswer(compiler: Compiler, call: ts.Node, value: ts.Node): string | undefined {
  if (!compiler.isCallExpression(call)) return undefined;
  const { parent, child } = outerParent(compiler, call);
  if (compiler.isPropertyAccessExpression(parent) && parent.expression === child) {
    return compiler.isCallExpression(parent.parent) && parent.parent.expression === parent ? undefined : parent.name.text;
  }
  if (!isPartOfDeclared(compiler, value, call)) return undefined;
  return propertyNameText(compiler, value.propertyName ?? value.name);
}

/** The value is one of the properties that a declaration takes out of the call's answer: `const { count } = state()`. */
function isPartOfDeclared(compiler: Compiler, value: ts.Node, call: ts.Node): value is ts.BindingElement {
  if (!compiler.isBindingElement(value) || value.dotDotDotToken !== undefined || !compiler.isObjectBindingPattern(value.parent)) return false;
  const { parent: declaration } = value.parent;
  return compiler.isVariableDeclaration(declaration) && declaration.initializer !== undefined && skipOuter(compiler, declaration.initializer) === call;
}

export function isOfPartner(model: ProgramModel, call: CallEvent, partner: Partner): boolean {
  if (partner.place !== undefined) return call.receiver?.place?.key === partner.place.key;
  return partner.module !== undefined && moduleOf(model, call) === partner.module;
}

/** Whether some read that answers the question is behind the value, whenever it was made. */
export function mayDependOn(graph: Graph, value: Value, isSought: (source: ReadEvent | CallEvent) => boolean): boolean {
  const seen = new Set<SourceEvent>();
  const work = [...value.sources];
  for (let source = work.pop(); source !== undefined; source = work.pop()) {
    if (seen.has(source)) continue;
    seen.add(source);
    if (source.kind === 'use') {
      for (const definition of reachingDefinitions(graph, source)) work.push(...(definition.value?.sources ?? []));
      continue;
    }
    if (isSought(source)) return true;
    if (source.kind !== 'call' || source.consumption === 'awaited' || source.consumption === 'returned') continue;
    work.push(...(source.receiver?.sources ?? []), ...source.arguments.flatMap((argument) => argument.sources));
  }
  return false;
}

/** A suspension on some way from the one event to the other, where no exclusive lock is held. */
export function suspensionBetween(graph: Graph, held: HeldLocks, from: Event, to: Event): SuspendEvent | undefined {
  if (!graph.hasSuspension) return undefined;
  if (from.block === to.block && from.index < to.index) {
    // along one block there is one way
    const between = graph.blocks[from.block]?.events.slice(from.index + 1, to.index) ?? [];
    if (from.kind === 'define' && between.some((event) => event.kind === 'define' && event.binding === from.binding)) return undefined;
    return between.findLast((event): event is SuspendEvent => event.kind === 'suspend' && !held.isExclusive(event));
  }
  let found: SuspendEvent | undefined;
  walkBackward<{ readonly suspension: SuspendEvent | undefined }>(
    graph,
    to,
    { suspension: undefined },
    (state) => (state.suspension === undefined ? 0 : 1),
    (event, state) => {
      if (found !== undefined) return undefined;
      if (event === from) {
        found = state.suspension;
        return undefined;
      }
      if (from.kind === 'define' && event.kind === 'define' && event.binding === from.binding) return undefined;
      if (event.kind === 'suspend' && state.suspension === undefined && !held.isExclusive(event)) return { suspension: event };
      return state;
    },
  );
  return found;
}

const order: readonly Manner[] = ['same', 'part', 'carried', 'extended', 'opaque'];

function strongest(left: Manner, right: Manner): Manner {
  return order.indexOf(left) >= order.indexOf(right) ? left : right;
}

/** What the expression makes of its part. */
function mannerWithin(model: ProgramModel, part: ts.Node, whole: ts.Node): Manner {
  const { compiler } = model;
  let manner: Manner = 'same';
  if (isPartOfDeclared(compiler, whole, part)) return 'part';
  // what has been given a name for the whole stands where the name does
  for (let node = isWithin(part, whole) ? part : takerOf(model, part).child; node !== whole; node = node.parent) {
    // a value that came in another way, such as an argument of an inlined callback
    if (node.parent === undefined || !isWithin(node, whole)) return 'opaque';
    manner = strongest(manner, crossing(compiler, node, node.parent));
  }
  return manner;
}

/** What the reading expression itself gives of the place: its content, or something made of it. */
function mannerOfRead(compiler: Compiler, { node, place }: ReadEvent): Manner {
  if (compiler.isSpreadAssignment(node) || compiler.isSpreadElement(node)) return crossing(compiler, node, node);
  if (compiler.isBinaryExpression(node)) return 'opaque'; // `key in record`
  const last = place.path.at(-1);
  if (compiler.isPropertyAccessExpression(node)) return last?.kind === 'element' ? 'part' : 'same'; // `list.length`
  if (!compiler.isCallExpression(node) || last?.kind === 'field') return 'same'; // a call that reads a field gives the value of a cell
  const callee = node.expression.getText();
  if (copies.test(callee)) return 'extended';
  const name = compiler.isPropertyAccessExpression(node.expression) ? node.expression.name.text : callee;
  if (name === 'get' || name === 'at') return 'same';
  if (derivingMethods.has(name)) return 'extended';
  return name === 'find' || name === 'findLast' || name === 'pop' || name === 'shift' ? 'part' : 'opaque';
}

/** What the callee's result makes of something that the callee read, also by way of locals: `const seen = this.count; await save(); return seen + 1;`. */
function mannerOfReturn(model: ProgramModel, read: ts.Node, callee: FunctionNode, locals = 0): Manner {
  const { compiler } = model;
  let manner: Manner = 'same';
  for (let node = read; node !== callee; node = node.parent) {
    const { parent } = node;
    if (parent === undefined || compiler.isSourceFile(parent)) return 'opaque';
    if (compiler.isReturnStatement(parent) || (parent === callee && callee.body === node)) return manner;
    if (compiler.isVariableDeclaration(parent)) return strongest(manner, mannerOfLocal(model, parent, callee, locals));
    if (compiler.isStatement(parent)) return 'opaque';
    manner = strongest(manner, crossing(compiler, node, parent));
  }
  return manner;
}

/** What the callee's results make of a local that keeps what it was declared with. */
function mannerOfLocal(model: ProgramModel, { name }: ts.VariableDeclaration, callee: FunctionNode, locals: number): Manner {
  const { compiler } = model;
  const { scopes, mentions } = model.file(callee);
  const binding = compiler.isIdentifier(name) ? scopes.resolve(name) : undefined;
  if (binding === undefined || binding.assignments.length > 0 || locals === maximumLocals) return 'opaque';
  const isMeant = (mention: ts.Node): boolean =>
    mention !== name && compiler.isIdentifier(mention) && !(compiler.isPropertyAccessExpression(mention.parent) && mention.parent.name === mention) && scopes.resolve(mention) === binding;
  const returned = mentions(binding.name).filter((mention) => isWithin(mention, callee) && isReturned(compiler, mention, callee) && isMeant(mention));
  return returned.length === 0 ? 'opaque' : returned.map((mention) => mannerOfReturn(model, mention, callee, locals + 1)).reduce(strongest);
}

/** Locals between what a helper reads and what it returns. */
const maximumLocals = 3;

/** It stands in a `return`, or in the declaration of another local. */
function isReturned(compiler: Compiler, mention: ts.Node, callee: FunctionNode): boolean {
  for (let node = mention.parent; node !== callee; node = node.parent) {
    if (compiler.isReturnStatement(node) || compiler.isVariableDeclaration(node)) return true;
    if (compiler.isStatement(node)) return false;
  }
  return false;
}

/** Methods whose result is the receiver's content and more, or less. */
const derivingMethods: ReadonlySet<string> = new Set([
  'concat',
  'filter',
  'flat',
  'flatMap',
  'map',
  'slice',
  'toReversed',
  'toSorted',
  'toSpliced',
  'with',
  'plus',
  'minus',
  'add',
  'sub',
  'union',
  'difference',
]);
/** Classes and functions that copy what they are given. */
const copies = /^(?:Map|Set|Array|Array\.from|structuredClone|Object\.fromEntries|Object\.entries|Number|BigInt|Math\.\w+)$/;
/** Functions that give what they are given: itself, or a promise that has settled with it. */
const handOvers: ReadonlySet<string> = new Set(['Promise.resolve', 'Object.freeze', 'Object.seal']);

/** What the parent makes of its child; of what is spread, when they are the spread itself. */
function crossing(compiler: Compiler, child: ts.Node, parent: ts.Node): Manner {
  if (compiler.isBinaryExpression(parent)) return crossingOfOperator(compiler, child, parent);
  if (compiler.isConditionalExpression(parent)) return parent.condition === child ? 'opaque' : 'same';
  if (compiler.isSpreadElement(parent) || compiler.isTemplateSpan(parent) || compiler.isTemplateExpression(parent)) return 'extended';
  if (compiler.isSpreadAssignment(parent)) return isOpenRecord(compiler, parent) ? 'extended' : 'carried';
  if (compiler.isPropertyAssignment(parent)) return parent.initializer === child ? 'carried' : 'opaque';
  if (compiler.isShorthandPropertyAssignment(parent) || compiler.isArrayLiteralExpression(parent)) return 'carried';
  if (compiler.isObjectLiteralExpression(parent)) return 'same';
  if (compiler.isPropertyAccessExpression(parent)) return crossingOfMember(compiler, parent);
  if (compiler.isElementAccessExpression(parent)) return parent.expression === child ? 'part' : 'opaque';
  if (compiler.isCallExpression(parent) || compiler.isNewExpression(parent)) return crossingOfCall(compiler, child, parent);
  if (compiler.isPrefixUnaryExpression(parent) || compiler.isPostfixUnaryExpression(parent)) return 'extended';
  if (
    compiler.isAwaitExpression(parent) ||
    compiler.isParenthesizedExpression(parent) ||
    compiler.isAsExpression(parent) ||
    compiler.isNonNullExpression(parent) ||
    compiler.isSatisfiesExpression(parent) ||
    compiler.isTypeAssertionExpression(parent)
  ) {
    return 'same';
  }
  return 'opaque';
}

function crossingOfOperator(compiler: Compiler, child: ts.Node, parent: ts.BinaryExpression): Manner {
  const { SyntaxKind } = compiler;
  const operator = parent.operatorToken.kind;
  switch (operator) {
    case SyntaxKind.EqualsToken:
    case SyntaxKind.CommaToken:
      return parent.right === child ? 'same' : 'opaque';
    case SyntaxKind.QuestionQuestionToken:
    case SyntaxKind.BarBarToken:
    case SyntaxKind.AmpersandAmpersandToken:
    case SyntaxKind.QuestionQuestionEqualsToken:
    case SyntaxKind.BarBarEqualsToken:
    case SyntaxKind.AmpersandAmpersandEqualsToken:
      return 'same';
    case SyntaxKind.PlusToken:
    case SyntaxKind.MinusToken:
    case SyntaxKind.AsteriskToken:
    case SyntaxKind.AsteriskAsteriskToken:
    case SyntaxKind.SlashToken:
    case SyntaxKind.PercentToken:
    case SyntaxKind.BarToken:
    case SyntaxKind.AmpersandToken:
    case SyntaxKind.CaretToken:
      return 'extended';
    default:
      return operator >= SyntaxKind.FirstCompoundAssignment && operator <= SyntaxKind.LastCompoundAssignment ? 'extended' : 'opaque';
  }
}

/** Whoever writes the record writes other keys each time: a computed key, or a second object that is spread into it. */
function isOpenRecord(compiler: Compiler, spread: ts.SpreadAssignment): boolean {
  return spread.parent.properties.some(
    (property) =>
      property !== spread &&
      (compiler.isSpreadAssignment(property) || (property.name !== undefined && compiler.isComputedPropertyName(property.name))),
  );
}

function crossingOfMember(compiler: Compiler, access: ts.PropertyAccessExpression): Manner {
  const { parent } = access;
  if (!compiler.isCallExpression(parent) || parent.expression !== access) return 'part';
  return derivingMethods.has(access.name.text) ? 'extended' : 'opaque';
}

function crossingOfCall(compiler: Compiler, child: ts.Node, call: ts.CallExpression | ts.NewExpression): Manner {
  if (call.expression === child) return 'same';
  const name = call.expression.getText();
  if (copies.test(name)) return 'extended';
  if (name === 'Object.assign') return (call.arguments?.length ?? 0) > 2 ? 'extended' : 'carried';
  if (handOvers.has(name)) return 'same';
  const { expression } = call;
  return compiler.isPropertyAccessExpression(expression) && expression.name.text === 'concat' ? 'extended' : 'opaque';
}

/** The callee's write stores what it was given as this argument, and nothing of what is there already. */
export function storesParameter(model: ProgramModel, callee: FunctionNode, write: ts.Node, index: number): boolean {
  const parameter = callee.parameters[index];
  if (parameter === undefined) return false;
  const graph = model.graph(callee);
  return model.eventsAt(graph, write).some((event) => {
    if (event.kind !== 'write' || event.value === undefined) return false;
    if (mayDependOn(graph, event.value, (source) => source.kind === 'read' && writeAffectsRead(event.place, source.place))) return false;
    const work = [...event.value.sources];
    const seen = new Set<unknown>();
    for (let source = work.pop(); source !== undefined; source = work.pop()) {
      if (seen.has(source) || source.kind !== 'use') continue;
      seen.add(source);
      if (source.binding.declaration === parameter) return true;
      for (const definition of graph.definitions.get(source.binding) ?? []) work.push(...(definition.value?.sources ?? []));
    }
    return false;
  });
}
