/**
 * Counts of those who use something, which an exception leaves too high: `reader.retain(); await work(); reader.release();`
 * and `this.running++; await work(); this.running--;`.
 *
 * A count is known by what is done to it: one is added and taken away again, by the activation itself or by what it calls,
 * and somebody asks how many there are. Of a type without a body in the program the usual names of the pair have to do.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import { isReachedWithout } from '../../cfg/walk.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { CallEvent, Event, Value, WriteEvent } from '../../events/event.js';
import { holderOf, lastName, type Place, rootPlace } from '../../places/place.js';
import { type FunctionNode, isFunctionLiteral, isMemberName, outerParent, skipOuter, type ThisOwner, thisOwner } from '../../syntax/functions.js';
import type { Mention } from '../../syntax/mentions.js';
import type { Binding } from '../../syntax/scopes.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { countStepOf, isInCatch, isWithin } from '../../syntax/tree.js';
import { runsOnce } from '../actors/contexts.js';
import { handleOf } from '../effects/endings.js';
import { writesTo } from '../effects/mutations.js';
import type { ProgramModel } from '../model/program-model.js';
import { constantOfResult, givenBack, outcomeOfNothing } from '../effects/own-results.js';
import { substitute } from '../effects/provenance.js';
import { writesOfCall } from '../effects/summary.js';
import { isUsedOnlyIn } from '../effects/visibility.js';
import { failureWithoutEnd } from '../effects/ways-out.js';

export interface StuckCount {
  readonly event: WriteEvent | CallEvent;
  /** What is counted in: the object that is retained, or the count itself. */
  readonly text: string;
  readonly isShare: boolean;
  readonly failure: Event;
  /** Where somebody asks for the count; undefined where the names alone tell. */
  readonly asked: ts.Node | undefined;
  readonly ends: readonly Event[];
}

/** Names of what adds one user; a callee is looked into where its name is one of these. */
const takingNames = /^#?_?(?:retain|add_?ref|incr?(?:ement)?|ref|pin|hold|keep|borrow|enter|begin|attach|use|acquire|start|open|track|up)(?:[A-Z_]\w*)?$/;
/** Pairs whose names tell without a body. */
const pairs: ReadonlyMap<string, string> = new Map([
  ['retain', 'release'],
  ['addRef', 'release'],
  ['AddRef', 'Release'],
  ['incRef', 'decRef'],
  ['pin', 'unpin'],
]);

export function stuckCounts(model: ProgramModel, graph: Graph): readonly StuckCount[] {
  const { compiler } = model;
  if (!graph.hasSuspension || compiler.isSourceFile(graph.owner) || compiler.isConstructorDeclaration(graph.owner)) return [];
  const found = new Map<string, StuckCount>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'write' && event.kind !== 'call') continue;
    const taken = takenAt(model, graph, event);
    if (taken === undefined || found.has(taken.key)) continue;
    const stuck = stuckCount(model, graph, event, taken);
    if (stuck !== undefined) found.set(taken.key, stuck);
  }
  return [...found.values()];
}

/** One is added to a count. */
interface Taken {
  readonly key: string;
  readonly text: string;
  readonly isShare: boolean;
  /** The count in words of this graph: by what the call is made on, and by the constant that gets the same object. Empty where names alone tell. */
  readonly counts: readonly Place[];
  /** The constant that gets the object whose users are counted. */
  readonly result: Binding | undefined;
  readonly asked: ts.Node | undefined;
  /** Of a pair that is known by name: what takes it back, and the object. */
  readonly pair: { readonly release: string; readonly handle: string } | undefined;
}

function takenAt(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent): Taken | undefined {
  if (event.kind === 'write') {
    // what is raised when something has failed counts failures, and nobody's use
    if (stepOf(model.compiler, event.node) !== 'up' || isInCatch(model.compiler, event.node) || event.place.root.kind === 'external' || isOwnLocal(graph, event.place)) return undefined;
    const asked = questionAbout(model, event.place, event.node);
    return asked === undefined ? undefined : { key: event.place.key, text: event.place.text, isShare: false, counts: [event.place], result: undefined, asked, pair: undefined };
  }
  if (event.isConstruction === true || event.isGetter || event.name === undefined || event.consumption === 'returned' || !takingNames.test(event.name)) return undefined;
  if (!model.compiler.isCallExpression(event.node) || model.locks.classifyCall(event.node) !== undefined) return undefined;
  const callee = model.callee(event, 'full');
  return callee === undefined ? takenByName(model, graph, event) : takenByCallee(model, graph, event, callee);
}

function takenByCallee(model: ProgramModel, graph: Graph, event: CallEvent, callee: FunctionNode): Taken | undefined {
  if (graph.inlined.has(callee)) return undefined;
  const inner = model.graph(callee);
  for (const write of eventsOf(inner)) {
    if (write.kind !== 'write' || stepOf(model.compiler, write.node) !== 'up') continue;
    // who only sometimes takes one tells so by its result
    if (isReachedWithout(inner, { block: inner.exit, index: 0 }, (other) => other === write)) continue;
    const count = substitute(model, write.place, callee, event);
    const result = countedResult(model, graph, callee, event, write);
    const counts = [count, result?.count].filter((place) => place !== undefined);
    const [first] = counts;
    const asked = first === undefined || isOwnLocal(graph, first) ? undefined : questionAbout(model, write.place, write.node);
    if (first === undefined || asked === undefined) continue;
    const held = result?.binding.name ?? heldBy(event, first);
    return { key: first.key, text: held ?? first.text, isShare: held !== undefined, counts, result: result?.binding, asked, pair: undefined };
  }
  return undefined;
}

/** The constant that the call's result is put into, where that is the object whose users are counted: `const page = pages.get(id)?.retain()`. */
function countedResult(model: ProgramModel, graph: Graph, callee: FunctionNode, call: CallEvent, write: WriteEvent): { readonly binding: Binding; readonly count: Place } | undefined {
  const binding = constantOfResult(model, graph, callee, call);
  const given = binding === undefined ? undefined : givenBack(model, callee, call);
  if (binding === undefined || given === undefined) return undefined;
  const named = (value: Value): Value => (value === given ? { ...value, place: rootPlace({ kind: 'variable', binding }) } : value);
  const receiver = call.receiver && named(call.receiver);
  const count = substitute(model, write.place, callee, { ...call, receiver, arguments: call.arguments.map(named) });
  return count === undefined || count.root.kind !== 'variable' || count.root.binding !== binding ? undefined : { binding, count };
}

/** The object whose users are counted, as the call names it; undefined for a count of the own object or module. */
function heldBy({ receiver, arguments: given }: CallEvent, count: Place): string | undefined {
  if (count.path.length < 2 && count.root.kind === 'this') return undefined;
  const holder = holderOf(count).key;
  return [receiver, ...given].find((value) => value?.place?.key === holder)?.node.getText();
}

function takenByName(model: ProgramModel, graph: Graph, event: CallEvent): Taken | undefined {
  const release = event.name === undefined ? undefined : pairs.get(event.name);
  const handle = release === undefined ? undefined : handleOf(model, graph, event.receiver);
  if (release === undefined || handle === undefined) return undefined;
  return { key: handle.key, text: handle.text, isShare: true, counts: [], result: undefined, asked: undefined, pair: { release, handle: handle.key } };
}

/** `count++` or `count += 1`; `count--` or `count -= 1`. */
function stepOf(compiler: Compiler, node: ts.Node): 'up' | 'down' | undefined {
  const step = countStepOf(compiler, node);
  return step?.isByOne === true ? step.direction : undefined;
}

/** A variable of this very activation, which nobody else counts in. */
function isOwnLocal(graph: Graph, { root, path }: Place): boolean {
  return root.kind === 'variable' && path.length === 0 && graph.inlined.has(root.binding.owner);
}

/** Where the file asks how many there are: `this.users === 0`. */
function questionAbout(model: ProgramModel, count: Place, near: ts.Node): ts.Node | undefined {
  const name = lastName(count);
  return name === undefined ? undefined : model.file(near).mentions(name).find((mention) => isAsked(model.compiler, mention) && mayBe(model, count, mention));
}

/** No variable of another scope, and no field that an unrelated class calls the same. */
function mayBe(model: ProgramModel, { root, path }: Place, mention: Mention): boolean {
  const { compiler } = model;
  if (root.kind === 'variable' && path.length === 0) {
    return compiler.isIdentifier(mention) && !isMemberName(compiler, mention) && model.file(mention).scopes.resolve(mention) === root.binding;
  }
  const access = mention.parent;
  const isOwnField = compiler.isPropertyAccessExpression(access) && access.name === mention && access.expression.kind === compiler.SyntaxKind.ThisKeyword;
  if (root.kind !== 'this' || path.length !== 1 || !isOwnField) return true;
  const asking = thisOwner(compiler, access);
  return asking === root.owner || (isClass(compiler, asking) && isClass(compiler, root.owner) && areRelated(model, asking, root.owner));
}

function isClass(compiler: Compiler, owner: ThisOwner | undefined): owner is ts.ClassLikeDeclaration {
  return owner !== undefined && compiler.isClassLike(owner);
}

/** An object of the one may be an object of the other. */
function areRelated({ hierarchy }: ProgramModel, one: ts.ClassLikeDeclaration, other: ts.ClassLikeDeclaration): boolean {
  return hierarchy.basesOf(one).includes(other) || hierarchy.basesOf(other).includes(one);
}

function isAsked(compiler: Compiler, mention: ts.Node): boolean {
  let { parent, child } = outerParent(compiler, mention);
  if (compiler.isPropertyAccessExpression(parent) && parent.name === mention) ({ parent, child } = outerParent(compiler, parent));
  if (compiler.isPrefixUnaryExpression(parent) || compiler.isPostfixUnaryExpression(parent)) {
    if (parent.operator === compiler.SyntaxKind.ExclamationToken) return true;
    ({ parent, child } = outerParent(compiler, parent));
  }
  if (compiler.isBinaryExpression(parent)) {
    const { operatorToken } = parent;
    return /^(?:[<>]=?|[!=]==?)$/.test(operatorToken.getText());
  }
  const condition = compiler.isIfStatement(parent) || compiler.isWhileStatement(parent) ? parent.expression : compiler.isConditionalExpression(parent) ? parent.condition : undefined;
  return condition !== undefined && isWithin(child, condition);
}

function stuckCount(model: ProgramModel, graph: Graph, event: WriteEvent | CallEvent, taken: Taken): StuckCount | undefined {
  const ends: Event[] = [];
  const { counts: [count], result } = taken;
  const isEnd = (other: Event): boolean => {
    if (other === event) return false;
    const isOne = isGivenBack(model, graph, other, taken);
    if (isOne) ends.push(other);
    return isOne || isHandedOver(model, other, taken);
  };
  const way = failureWithoutEnd(model, graph, event, isEnd, {
    excluded: (test) => (result === undefined ? undefined : outcomeOfNothing(model, test, result)),
    counts: ({ failure, likelihood }) => {
      // what takes it says by its own promise that it has not
      if (failure.kind === 'suspend' && failure.operand?.sources.some((source) => source === event) === true) return false;
      // synchronous code on the way seldom throws, unless it is the callers' own
      return likelihood === 'likely' || isHandedTask(model, failure);
    },
  });
  if (way === undefined || ends.length === 0 || runsOnce(model, graph.owner)) return undefined;
  if (event.kind === 'write' && count !== undefined && isLoweredElsewhere(model, graph, count)) return undefined;
  const { text, isShare, asked } = taken;
  return { event, text, isShare, asked, ends, failure: way.failure };
}

/** A task that a caller has handed over is started; it may throw before it returns the promise that the end waits for. */
function isHandedTask(model: ProgramModel, event: Event): boolean {
  const { compiler, questions } = model;
  if (event.kind !== 'call' || !compiler.isCallExpression(event.node) || event.reference !== undefined) return false;
  let task = skipOuter(compiler, event.node.expression);
  while (compiler.isPropertyAccessExpression(task)) task = skipOuter(compiler, task.expression);
  return compiler.isIdentifier(task) && model.callee(event, 'full') === undefined && questions.isPromise(event.node);
}

/** One is taken away from the same count, here or in a callee. */
function isGivenBack(model: ProgramModel, graph: Graph, event: Event, taken: Taken): boolean {
  if (event.kind === 'write') return event.place.key === taken.key && (stepOf(model.compiler, event.node) === 'down' || isSetAnew(event));
  if (event.kind !== 'call') return false;
  if (taken.pair !== undefined) return event.name === taken.pair.release && handleOf(model, graph, event.receiver)?.key === taken.pair.handle;
  const { counts } = taken;
  if (counts.length === 0) return false;
  return writesOfCall(model, event, counts, 'full').some(({ write, callee }) => {
    const lowered = stepOf(model.compiler, write.node) === 'down' && !graph.inlined.has(callee) ? substitute(model, write.place, callee, event)?.key : undefined;
    return lowered !== undefined && counts.some(({ key }) => key === lowered);
  });
}

/** `this.running = 0`, or a computation of its own. */
function isSetAnew({ how, node }: WriteEvent): boolean {
  return how === 'assign' && node.getText().includes('=') && !/[+-]=/.test(node.getText());
}

/** Whoever gets the object, or a function that knows it, may give its share back. */
function isHandedOver(model: ProgramModel, event: Event, taken: Taken): boolean {
  const { compiler } = model;
  if (event.kind === 'closure') return isMentionedIn(model, event.node, taken);
  // a link of a promise chain runs as its name tells; any other function that is passed on is called when it is called
  if (event.kind === 'call' && !chainMethods.has(event.name ?? '') && event.arguments.some(({ node }) => isFunctionLiteral(compiler, node) && isMentionedIn(model, node, taken))) return true;
  if (!taken.isShare) return false;
  const holders = holderKeys(taken);
  const isHolder = (value: { readonly node: ts.Node; readonly place?: Place } | undefined): boolean =>
    value !== undefined && ((value.place !== undefined && holders.includes(value.place.key)) || (compiler.isExpression(value.node) && compiler.isIdentifier(skipOuter(compiler, value.node)) && value.node.getText() === taken.text));
  switch (event.kind) {
    case 'return':
      return event.inlined === undefined && isHolder(event.value);
    case 'write':
      return isHolder(event.value);
    case 'call':
      return (event.isConstruction === true || event.consumption !== 'awaited') && event.arguments.some(isHolder);
    default:
      return false;
  }
}

function holderKeys({ counts, pair }: Taken): readonly string[] {
  return pair === undefined ? counts.map((count) => holderOf(count).key) : [pair.handle];
}

/** A function that is called later speaks of the count or of what is counted. */
function isMentionedIn(model: ProgramModel, closure: FunctionNode, { counts, text }: Taken): boolean {
  const names = [text.split('.').at(-1), ...counts.map(lastName)];
  return names.some((name) => name !== undefined && model.file(closure).mentions(name).some((mention) => isWithin(mention, closure)));
}

/**
 * Another function lowers the count, or starts it from nothing, and does not raise it: the two are a protocol, unless that
 * function is a part of those that raise it.
 */
function isLoweredElsewhere(model: ProgramModel, graph: Graph, count: Place): boolean {
  const others = writesTo(model, count).filter((other) => other.graph.owner !== graph.owner && other.event.kind === 'write' && other.place.key === count.key);
  const raising = new Set(others.filter((other) => stepOf(model.compiler, other.event.node) === 'up').map((other) => other.graph));
  const users = [graph, ...raising].map(({ owner }) => owner);
  return others.some(
    ({ graph: other, event }) =>
      !raising.has(other) &&
      !model.compiler.isSourceFile(other.owner) &&
      !model.compiler.isConstructorDeclaration(other.owner) &&
      !isUsedOnlyIn(model, other.owner, users) &&
      (stepOf(model.compiler, event.node) === 'down' || (event.kind === 'write' && event.value?.nature === 'constant')),
  );
}
