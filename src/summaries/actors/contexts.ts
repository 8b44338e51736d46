/**
 * Who may run a function, and what they hold: whether two activations can overlap, and the locks held at every call.
 *
 * An exported function or a public method may be called by anyone at any time. A private helper has the contexts of
 * its call sites, as Clang's thread-safety analysis has them declared with REQUIRES; here they are inferred.
 */
import { extensionHooks, oneShotTimers, sequentialCallees } from '../../catalogue/callbacks.js';
import { reaches } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import type { Place } from '../../places/place.js';
import { elementCallbacks } from '../../syntax/array-methods.js';
import { type Activation, calleeNameOf, displayName, enclosingActivation, type FunctionNode, isAsync, isFunctionLiteral, isMemberName, lastOfName, memberOf, outerParent, returnedBy, skipOuter, thisOwner } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { isWithin } from '../../syntax/tree.js';
import { requiredLocks } from '../locks/guard-annotations.js';
import type { HeldLock } from '../locks/held-locks.js';
import { callbackBehaviour, runsAtOnce } from '../model/callback-behaviour.js';
import { factoryAround, factoryMemberOf } from '../model/factories.js';
import { takerOf } from '../model/named-values.js';
import { createModelCache, memoized, type ProgramModel } from '../model/program-model.js';
import { fieldOfParameter } from '../model/stored-callbacks.js';
import { givesConfined, isConfined, isInitialiser, isOnFreshObject } from './confinement.js';
import { isClaimedForGood, isOfOneEvent, locksAtCall } from './held-at-calls.js';
import { listensOnce, pausesSource } from './listeners.js';
import { callsByBases, isDeclarationName, isNamesake, isPrivate, overridesProtected } from './member-mentions.js';
import { accessesByOwners, isPart } from './owned-parts.js';
import { isDriven, isPulled } from './pull-protocols.js';
import { runSideBySide } from './side-by-side.js';
import { isArmedByStart, rearming } from './timer-chains.js';
import { worksOffList } from './worked-lists.js';

/**
 * How activations of a function relate: `once` in the life of the object or module that owns its state, `sequential`
 * one after another, `overlapping` any number at the same time. Ordered from the least to the most.
 */
export type Multiplicity = 'once' | 'sequential' | 'overlapping';

export interface Context {
  readonly multiplicity: Multiplicity;
  /** Locks and claims that are held at every call. */
  readonly held: readonly HeldLock[];
  /** Of one call site: what follows it does not wait for it. */
  readonly isConcurrent?: boolean;
  /** The call that nobody waits for, or the handler, with which it goes on beside its caller: two runs of one task come one after another. */
  readonly task?: ts.Node | undefined;
}

const order: readonly Multiplicity[] = ['once', 'sequential', 'overlapping'];
const most = (left: Multiplicity, right: Multiplicity): Multiplicity =>
  order.indexOf(left) >= order.indexOf(right) ? left : right;

const open: Context = { multiplicity: 'overlapping', held: [] };
const single: Context = { multiplicity: 'once', held: [] };
/**
 * Within what the runs of a function are looked at: one activation whose own variables are at stake, or one object of a class; nothing
 * where they are looked at in the whole program.
 */
type Base = Activation | ts.ClassDeclaration | undefined;

/** A call from within the function's own callees adds nothing to what its other callers say. */
const recursive: Context = { multiplicity: 'once', held: [] };
/** A call on an object that nobody else has yet: it overlaps with nothing, whatever locks the others take. */
const fresh: Context = { multiplicity: 'once', held: [] };
/** A hook of an object that calls its hooks one at a time. */
const hook: Context = { multiplicity: 'sequential', held: [] };
const cache = createModelCache<Activation, Context>();
const inProgress = new Set<Activation>();

export function entryLocks(model: ProgramModel, owner: Activation): readonly HeldLock[] {
  return contextOf(model, owner).held;
}

export function contextOf(model: ProgramModel, owner: Activation): Context {
  const contexts = cache(model);
  const known = contexts.get(owner);
  if (known !== undefined) return known;
  const { answer, isFinal } = amongCallers(() => contextWithin(model, owner, undefined));
  if (isFinal) contexts.set(owner, answer);
  return answer;
}

/**
 * Whether the function runs once in the life of the object or module that owns what it shares. What the functions of a factory share
 * is one for each run of the factory, as the fields of a class are for each construction.
 */
export function runsOnce(model: ProgramModel, owner: Activation): boolean {
  if (contextOf(model, owner).multiplicity === 'once') return true;
  const factory = model.compiler.isSourceFile(owner) ? undefined : factoryAround(model, owner);
  if (factory === undefined) return false;
  const contexts = inFactories(model);
  const known = contexts.get(owner);
  if (known !== undefined) return known.multiplicity === 'once';
  const { answer, isFinal } = amongCallers(() => contextWithin(model, owner, factory));
  if (isFinal) contexts.set(owner, answer);
  return answer.multiplicity === 'once';
}

const inFactories = createModelCache<Activation, Context>();

/** Computes what depends on contexts, and says whether the answer may be kept: what was found inside a cycle of callers holds only there. */
export function amongCallers<T>(compute: () => T): { readonly answer: T; readonly isFinal: boolean } {
  const before = recursions;
  const answer = compute();
  return { answer, isFinal: recursions === before || inProgress.size === 0 };
}

/** Callers of callers that are looked at for one function: those of a program in which everything calls everything are endless. */
const maximumCallers = 1000;
let callersSeen = 0;

/** Counts the recursions met so far: whoever sees it grow knows that its own answer leaned on an unfinished one. */
let recursions = 0;

/** The context as seen from within one activation of `base`, whose own variables are at stake. */
export function contextWithin(model: ProgramModel, owner: Activation, base: Base): Context {
  if (owner === base) return single;
  if (inProgress.has(owner)) {
    recursions += 1;
    return recursive;
  }
  if (inProgress.size === 0) callersSeen = 0;
  callersSeen += 1;
  if (callersSeen > maximumCallers) {
    model.limits.add('callers of one function');
    return open;
  }
  inProgress.add(owner);
  try {
    return compute(model, owner, base);
  } finally {
    inProgress.delete(owner);
  }
}

function outerContext(model: ProgramModel, owner: Activation, base: Base): Context {
  return base === undefined ? contextOf(model, owner) : contextWithin(model, owner, base);
}

function compute(model: ProgramModel, owner: Activation, base: Base): Context {
  const context = fromCallers(model, owner, base);
  const required = requiredLocks(model, owner).map((lock): HeldLock => ({ lock, mode: 'exclusive', origin: 'caller' }));
  // what the author declares is held, whoever calls; calls without it are reported where they are
  return required.length === 0 ? context : { ...context, held: [...context.held, ...required] };
}

function fromCallers(model: ProgramModel, owner: Activation, base: Base): Context {
  const { compiler } = model;
  if (compiler.isSourceFile(owner) || compiler.isConstructorDeclaration(owner)) return single;
  return isDeclaredSequential(model, owner) ? { multiplicity: 'sequential', held: [] } : undeclared(model, owner, base);
}

/** How the runs of the function relate by what calls it, whatever its author says. */
export function multiplicityByCalls(model: ProgramModel, owner: FunctionNode): Multiplicity {
  return undeclared(model, owner, undefined).multiplicity;
}

function undeclared(model: ProgramModel, owner: FunctionNode, base: Base): Context {
  const { compiler } = model;
  if (isPulled(model, owner)) return { multiplicity: 'sequential', held: [] };
  if (compiler.isMethodDeclaration(owner) || compiler.isGetAccessorDeclaration(owner) || compiler.isSetAccessorDeclaration(owner)) {
    if (!compiler.isClassLike(owner.parent)) return asFactoryMember(model, owner, base) ?? open;
    if (isPrivate(model, owner) || overridesProtected(model, owner, owner.parent)) return fromMentions(model, owner, owner.name, base);
    return compiler.isMethodDeclaration(owner) ? fromOwners(model, owner, owner, base) : open;
  }
  const { parent } = outerParent(compiler, owner);
  if (compiler.isFunctionDeclaration(owner)) {
    if (owner.name === undefined) return open;
    const { scopes } = model.file(owner);
    const binding = scopes.resolve(owner.name);
    // an extension is switched on and off by its host, in turn
    const pair = extensionHooks.get(owner.name.text);
    if (pair !== undefined && binding?.isExported === true && scopes.topLevel(pair)?.isExported === true) return hook;
    return binding === undefined || binding.isExported ? open : fromMentions(model, owner, owner.name, base);
  }
  if (compiler.isVariableDeclaration(parent) && compiler.isIdentifier(parent.name)) {
    const binding = model.file(owner).scopes.resolve(parent.name);
    return binding === undefined || binding.isExported ? open : fromMentions(model, owner, parent.name, base);
  }
  if (compiler.isPropertyDeclaration(parent)) {
    return isPrivate(model, parent) ? fromMentions(model, owner, parent.name, base) : fromOwners(model, owner, parent, base);
  }
  if (!isFunctionLiteral(compiler, owner)) return open;
  if (compiler.isPropertyAssignment(parent)) return asFactoryMember(model, owner, base) ?? open;
  if (compiler.isCallExpression(parent)) return asArgument(model, owner, parent, base);
  return compiler.isNewExpression(parent) ? asHandler(model, owner, parent) : open;
}

/** What a factory's callers do with the member: it comes first in the life of its object, or its object is made for one operation. */
function asFactoryMember(model: ProgramModel, owner: FunctionNode, base: Base): Context | undefined {
  const member = base === undefined ? undefined : factoryMemberOf(model, owner);
  if (member === undefined || member.factory !== base) return undefined;
  if (isInitialiser(model, owner)) return fresh;
  return givesConfined(model, member.factory) ? hook : undefined;
}

/**
 * `new Scheduler((action) => this.handle(action))`: the object keeps the function in a field, and calls it in one place, where
 * it waits for the answer and keeps others out. So the function runs once at a time for each such object.
 */
function asHandler(model: ProgramModel, owner: ts.ArrowFunction | ts.FunctionExpression, construction: ts.NewExpression): Context {
  const { compiler, questions } = model;
  const index = construction.arguments?.findIndex((argument) => skipOuter(compiler, argument) === owner) ?? -1;
  const declaration = questions.declarationAt(construction.expression);
  if (index < 0 || declaration === undefined || !compiler.isClassLike(declaration) || declaration.getSourceFile().isDeclarationFile) return open;
  const field = fieldOfParameter(model, declaration, index);
  if (field === undefined) return open;
  const accesses = model
    .file(declaration)
    .mentions(field)
    .flatMap(({ parent }) => (compiler.isPropertyAccessExpression(parent) && thisOwner(compiler, parent) === declaration ? [parent] : []));
  const calls = accesses.flatMap((access) => (compiler.isCallExpression(access.parent) && access.parent.expression === access ? [access.parent] : []));
  const [call] = calls;
  if (call === undefined || calls.length > 1 || !compiler.isAwaitExpression(takerOf(model, call).parent)) return open;
  const site = contextOfCall(model, owner, call, undefined);
  if (site === undefined || site === recursive) return open;
  const isAlone = site.multiplicity !== 'overlapping' || site.held.some(({ mode, lock }) => mode === 'exclusive' && !lock.isLocal);
  return isAlone ? { multiplicity: 'sequential', held: [], task: construction } : open;
}

/** By the settings, or by `@sequential` in the function's JSDoc. */
export function isDeclaredSequential(model: ProgramModel, owner: FunctionNode): boolean {
  const name = displayName(model.compiler, owner);
  const plain = lastOfName(name);
  if (model.settings.sequential?.some((declared) => declared === name || declared === plain) === true) return true;
  return model.compiler.getJSDocTags(owner).some((tag) => tag.tagName.text === 'sequential');
}

/** The context that all uses of the name in its file give it. */
function fromMentions(model: ProgramModel, owner: FunctionNode, name: ts.PropertyName, base: Base): Context {
  const { compiler } = model;
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return open;
  const file = model.file(owner);
  const isMember = compiler.isClassElement(name.parent);
  const binding = !isMember && compiler.isIdentifier(name) ? file.scopes.resolve(name) : undefined;
  const uses: Use[] = [];
  const mentions = isMember ? [...file.mentions(name.text), ...callsByBases(model, owner, name)] : file.mentions(name.text);
  for (const mention of mentions) {
    if (mention === name) continue;
    if (isMember) {
      if (!compiler.isPropertyAccessExpression(mention.parent) || mention.parent.name !== mention) continue;
      if (isNamesake(model, owner, mention.parent)) continue;
    } else if (!compiler.isIdentifier(mention) || isMemberName(compiler, mention) || file.scopes.resolve(mention) !== binding) continue;
    const reference: ts.Node = isMember ? mention.parent : mention;
    if (!isDeclarationName(model, mention)) uses.push({ reference, base });
  }
  const context = joined(model, owner, uses);
  return context.multiplicity === 'overlapping' && worksOffList(model, owner, uses.map(({ reference }) => reference)) ? { ...context, multiplicity: 'sequential' } : context;
}

/**
 * The method of an object that has one owner is called by that owner, and by the object itself. What a run does with an object that it
 * has to itself tells of that object alone, and not of what all runs share.
 */
function fromOwners(model: ProgramModel, owner: FunctionNode, member: ts.MethodDeclaration | ts.PropertyDeclaration, base: Base): Context {
  const accesses = accessesByOwners(model, member);
  if (accesses === undefined || (base !== member.parent && accesses.some(({ run }) => run !== undefined))) return open;
  return joined(model, owner, accesses.map(({ access, run, isOwn }): Use => ({ reference: access, base: isOwn ? base : run, isByOwner: !isOwn })));
}

interface Use {
  readonly reference: ts.Node;
  readonly base: Base;
  readonly isByOwner?: boolean;
}

/** What all uses of a function together say of it. */
function joined(model: ProgramModel, owner: FunctionNode, uses: readonly Use[]): Context {
  const sites: Context[] = [];
  let initialised: Context | undefined;
  for (const { reference, base, isByOwner } of uses) {
    const site = contextOfUse(model, owner, reference, base, isByOwner === true);
    if (site === undefined) return open;
    if (site === fresh) initialised = { ...single, task: taskOfFresh(model, owner, reference) };
    else if (site !== recursive) sites.push(site);
  }
  if (sites.length === 0) return initialised ?? open;
  const [first, ...others] = sites;
  if (first === undefined) return open;
  const held = first.held.filter((lock) => others.every((site) => site.held.some((other) => other.lock.key === lock.lock.key)));
  let multiplicity = sites.map((site) => site.multiplicity).reduce(most);
  if (sites.length > 1) {
    const isConcurrent = sites.some((site) => site.isConcurrent === true || site.task !== first.task);
    multiplicity = isConcurrent ? 'overlapping' : most(multiplicity, 'sequential');
  }
  return { multiplicity, held, task: first.task };
}

/** `constructor() { void this.poll(); }`: what a constructor begins, or who makes an object and does not wait, goes on when others have it. */
function taskOfFresh(model: ProgramModel, owner: FunctionNode, reference: ts.Node): ts.Node | undefined {
  const { compiler } = model;
  const { parent: call } = outerParent(compiler, reference);
  if (!compiler.isCallExpression(call) || compiler.isAwaitExpression(takerOf(model, call).parent)) return undefined;
  return mayGoOn(model, owner, call) ? call : undefined;
}

/** What one use of a function contributes; undefined when it lets the function out of sight. */
function contextOfUse(
  model: ProgramModel,
  owner: FunctionNode,
  reference: ts.Node,
  base: Base,
  isByOwner: boolean,
): Context | undefined {
  const { compiler } = model;
  let { parent, child } = outerParent(compiler, reference);
  // `this.load.bind(this)` stands for `this.load`
  if (compiler.isPropertyAccessExpression(parent) && parent.name.text === 'bind' && compiler.isCallExpression(parent.parent)) {
    ({ parent, child } = outerParent(compiler, parent.parent));
  }
  if (compiler.isCallExpression(parent) && parent.expression === child) {
    if (!isByOwner) return isOnFreshObject(model, reference) ? fresh : contextOfCall(model, owner, parent, base);
    return contextOfOwnersCall(model, owner, parent, base);
  }
  if (!compiler.isCallExpression(parent)) {
    const isHook = compiler.isShorthandPropertyAssignment(parent) || compiler.isPropertyAssignment(parent);
    if (isHook && isDriven(model, parent.parent)) return hook;
    return isHook ? asFactoryMember(model, owner, base) : undefined;
  }
  if (isCallbackOfChain(model, parent)) return contextOfCall(model, owner, parent, base);
  const behaviour = callbackBehaviour(model, parent, parent.arguments.findIndex((argument) => argument === child));
  // a helper of the program that waits for each of its calls runs it as its own caller would
  if (behaviour === undefined || (behaviour.locks.length === 0 && behaviour.kind !== 'awaited')) return undefined;
  const outer = contextOfCall(model, owner, parent, base);
  const held = behaviour.locks.map(({ lock, mode }): HeldLock => ({ lock, mode, origin: 'lock' }));
  return outer === undefined || outer === recursive ? outer : { ...outer, held: [...outer.held, ...held] };
}

/** `const first = part.step(); await part.step(); await first;` waits for the first one too late: it goes on when the owner has given back what he held. */
function contextOfOwnersCall(model: ProgramModel, owner: FunctionNode, call: ts.CallExpression, base: Base): Context | undefined {
  const { compiler } = model;
  const site = contextOfCall(model, owner, call, base);
  if (site === undefined || site === recursive) return site;
  const { parent } = takerOf(model, call);
  // what the callback of an array method gives back is one of many
  const own = enclosingActivation(compiler, call);
  const user = compiler.isSourceFile(own) ? undefined : outerParent(compiler, own).parent;
  const isOneOfMany = !compiler.isAwaitExpression(parent) && user !== undefined && compiler.isCallExpression(user) && isElementwise(model, user.expression);
  const isWaitedFor = !mayGoOn(model, owner, call) || compiler.isAwaitExpression(parent) || compiler.isReturnStatement(parent) || compiler.isArrowFunction(parent) || compiler.isPropertyAccessExpression(parent);
  if (isWaitedFor && !isOneOfMany && site.isConcurrent !== true) return site;
  return isOneOfMany || site.multiplicity !== 'once' ? undefined : { ...site, held: [], isConcurrent: true };
}

/** What gives no promise is over when it returns. */
function mayGoOn(model: ProgramModel, owner: FunctionNode, call: ts.CallExpression): boolean {
  return isAsync(model.compiler, owner) || (returnedBy(model.compiler, owner).length > 0 && model.isPromiseCall(call));
}

function isCallbackOfChain(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(call.expression)) return false;
  return chainMethods.has(call.expression.name.text) || model.locks.classifyCall(call)?.kind === 'run';
}

/** `Promise.all(node.children.map((child) => this.visit(child)))` within `visit`. */
function isConcurrentRecursion(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { parent } = outerParent(compiler, call);
  if (!compiler.isArrowFunction(parent) || parent.body !== call) return compiler.isArrayLiteralExpression(parent);
  const outer = parent.parent;
  return compiler.isCallExpression(outer) && isElementwise(model, outer.expression);
}

function isElementwise(model: ProgramModel, callee: ts.Expression): boolean {
  return model.compiler.isPropertyAccessExpression(callee) && elementCallbacks.has(callee.name.text);
}

/** `ids.map((id) => retry(async () => { … }))`: nobody waits for the call for one element before that for the next. */
function isGivenBackPerElement(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, call);
  const around = enclosingActivation(compiler, call);
  if (!compiler.isReturnStatement(parent) && !(compiler.isArrowFunction(parent) && parent.body === child)) return false;
  const user = isFunctionLiteral(compiler, around) && !isAsync(compiler, around) ? outerParent(compiler, around).parent : undefined;
  return user !== undefined && compiler.isCallExpression(user) && isElementwise(model, user.expression);
}

function contextOfCall(
  model: ProgramModel,
  owner: FunctionNode,
  call: ts.CallExpression,
  base: Base,
): Context | undefined {
  const root = model.rootActivation(call);
  if (root === owner) return isConcurrentRecursion(model, call) ? open : recursive;
  const armed = rearming(model, owner, root);
  if (armed !== undefined) return armed === 'at-end' ? recursive : open;
  const outer = outerContext(model, root, base);
  if (outer === recursive) return recursive;
  const graph = model.graph(root);
  const events = model.eventsAt(graph, call).filter((event): event is CallEvent => event.kind === 'call');
  const [event] = events;
  if (event === undefined) return { multiplicity: outer.multiplicity, held: [], task: outer.task };
  const held = events
    .map((candidate) => locksAtCall(model, graph, candidate))
    .reduce((left, right) => left.filter((lock) => right.some((other) => other.lock.key === lock.lock.key)))
    .filter((lock) => !isOfOneEvent(model, lock, root, event));
  const isWaitedFor = event.consumption === 'awaited' || event.consumption === 'returned';
  let { multiplicity } = outer;
  const { parent } = outerParent(model.compiler, call);
  const isConcurrent = !isWaitedFor || model.compiler.isArrayLiteralExpression(parent);
  const task = isConcurrent && mayGoOn(model, owner, call) ? call : outer.task;
  if (isClaimedForGood(model, held, call)) return { multiplicity: 'once', held, task };
  if (!isWaitedFor && reaches(graph, event.block, event.block)) multiplicity = 'overlapping';
  else if (reaches(graph, event.block, event.block)) multiplicity = most(multiplicity, 'sequential');
  return { multiplicity, held, isConcurrent, task };
}

/** A function literal handed to a call. */
function asArgument(
  model: ProgramModel,
  owner: ts.ArrowFunction | ts.FunctionExpression,
  call: ts.CallExpression,
  base: Base,
): Context {
  const { compiler } = model;
  const index = call.arguments.findIndex((argument) => argument === owner);
  const root = model.rootActivation(call);
  const callee = call.expression;
  const calleeName = calleeNameOf(compiler, callee);
  if (calleeName !== undefined && sequentialCallees.has(calleeName)) return { multiplicity: 'sequential', held: [] };
  const behaviour = index < 0 ? undefined : callbackBehaviour(model, call, index);
  if (behaviour !== undefined) {
    const held = behaviour.locks.map(({ lock, mode }): HeldLock => ({ lock, mode, origin: 'lock' }));
    const { multiplicity, task } = outerContext(model, root, base);
    return { multiplicity, held, task };
  }
  const graph = model.graph(root);
  const event = model.eventsAt(graph, call).find((candidate): candidate is CallEvent => candidate.kind === 'call');
  if (pausesSource(model, call, owner)) return { multiplicity: 'sequential', held: [] };
  if (listensOnce(model, call) || (calleeName !== undefined && oneShotTimers.has(calleeName))) {
    const outer = outerContext(model, root, base);
    if (outer === recursive) return recursive;
    const isSetOnce = event !== undefined && isClaimedForGood(model, locksAtCall(model, graph, event), call) && !reaches(graph, event.block, event.block);
    if (isSetOnce) return { ...single, task: call };
    const isInTurn = outer.multiplicity === 'overlapping' && isArmedByStart(model, call, root);
    return { multiplicity: isInTurn ? 'sequential' : outer.multiplicity, held: [], task: call };
  }
  if (isElementwise(model, callee) || (index >= 0 && runsAtOnce(model, call, index)) || isGivenBackPerElement(model, call)) return open;
  // an unknown callee whose promise is waited for runs the callback meanwhile, and mostly one at a time
  const isInAsync = !compiler.isSourceFile(root) && isAsync(compiler, root);
  if (event?.consumption === 'awaited' || (event?.consumption === 'returned' && isInAsync)) {
    const { multiplicity, task } = outerContext(model, root, base);
    const isConcurrent = compiler.isArrayLiteralExpression(takerOf(model, call).parent);
    return { multiplicity: most(multiplicity, 'sequential'), held: [], isConcurrent, task };
  }
  // one whose promise is kept to be waited for later runs it as well, as a task of its own
  const isKept = event !== undefined && event.consumption !== 'discarded' && !reaches(graph, event.block, event.block) && model.questions.isPromise(call);
  return isKept ? { multiplicity: most(outerContext(model, root, base).multiplicity, 'sequential'), held: [], isConcurrent: true, task: call } : open;
}

/**
 * Whether two activations of the function can overlap while they share the place. A variable of an enclosing function
 * is one for each of its activations; only what overlaps within one of them shares it.
 */
export function mayOverlap(model: ProgramModel, owner: Activation, place: Place): boolean {
  const { compiler } = model;
  const { root } = place;
  if (root.kind === 'variable' && !compiler.isSourceFile(root.binding.owner)) {
    const base = model.rootActivation(root.binding.identifier);
    // an argument that callers share is every call's
    const isArgument = root.binding.kind === 'parameter' && root.binding.owner === owner && place.path.length > 0;
    if (!isArgument && !compiler.isSourceFile(base)) return contextWithin(model, owner, base).multiplicity === 'overlapping';
  }
  if (root.kind === 'this' && root.owner !== undefined) {
    if (isInitialiser(model, owner)) return false;
    // each element has its own key
    const isOfElement = place.path.some((step) => step.kind === 'element' && step.key !== undefined);
    if (isConfined(model, root.owner)) return !isOfElement && runSideBySide(model, root.owner, owner, owner);
  }
  if (contextOfObject(model, owner, place).multiplicity !== 'overlapping') return false;
  return root.kind !== 'this' || !isInitialisersHelper(model, owner);
}

const ofObjects = createModelCache<Activation, Context>();

/** How the runs of the function relate that have the place's object: of a part its owner decides. */
export function contextOfObject(model: ProgramModel, owner: Activation, { root }: Place): Context {
  const holder = root.kind === 'this' ? root.owner : undefined;
  if (holder === undefined || !isPart(model, holder) || !isWithin(owner, holder)) return contextOf(model, owner);
  const contexts = ofObjects(model);
  const known = contexts.get(owner);
  if (known !== undefined) return known;
  const { answer, isFinal } = amongCallers(() => contextWithin(model, owner, holder));
  if (isFinal) contexts.set(owner, answer);
  return answer;
}

/** Called by an initialiser alone, and so once for its object, as the initialiser is. */
function isInitialisersHelper(model: ProgramModel, owner: Activation): boolean {
  const caller = soleInitialiser(model, owner);
  return caller !== undefined && contextWithin(model, owner, caller).multiplicity !== 'overlapping';
}

/** The initialiser that is the only function to mention the method. */
const soleInitialiser = memoized((model, owner: Activation): Activation | undefined => {
  const { compiler } = model;
  const member = memberOf(compiler, owner);
  if (compiler.isSourceFile(owner) || member === undefined || !compiler.isClassLike(member.parent)) return undefined;
  const { name, parent } = member;
  if (!compiler.isIdentifier(name) && !compiler.isPrivateIdentifier(name)) return undefined;
  if (!isPrivate(model, member) && !overridesProtected(model, owner, parent)) return undefined;
  const mentions = [...model.file(owner).mentions(name.text), ...callsByBases(model, owner, name)];
  const [caller, ...others] = new Set(mentions.flatMap((mention) => (mention === name ? [] : [model.rootActivation(mention)])));
  return caller !== undefined && others.length === 0 && isInitialiser(model, caller) ? caller : undefined;
});
