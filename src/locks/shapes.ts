/**
 * Locks without a library: classes, interfaces, objects and functions that are locks by what they do.
 *
 * The bodies decide. An acquire has a tail of promises that it replaces, a queue of resolvers, or a loop that waits for
 * a flag; a member that runs a callback appends it to such a tail, works it off a queue, or calls it between an acquire
 * and a release of the same object. A name is enough only together with a pair of members, and a name never helps a body
 * that waits once and then claims without looking again, which lets all waiters through.
 *
 * A resource pool is no lock: it hands out objects that are given back, not the right to go on. See `pool-shapes.ts`.
 */
import type { ModelExport, ModelMember, ModelRelease } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { enclosingActivation, isFunctionNode, isHiddenMember, outerParent, propertyNameText, skipOuter } from '../syntax/functions.js';
import { isWithin } from '../syntax/tree.js';
import { callbackLockWords, callbackRuns } from './callback-locks.js';
import {
  isCertainLockName,
  isCertainRunName,
  isSectionName,
  isKeyName,
  isLockName,
  isPairOfVerbs,
  isPermitsName,
  isRunName,
  mayBeginPair,
  type MemberVerb,
  modeOfName,
  verbOf,
} from './member-words.js';
import { type FreeFunction, functionsOf } from './named-functions.js';
import { callsField, keptField } from './kept-handles.js';
import type { LockMode } from './operation.js';
import { callIn, handsOutRelease, isWaiting, mayHandOutRelease, opensWhatItClosed, releasingMembers } from './handed-releases.js';
import { type BodyEvidence, evidenceOf } from './shape-evidence.js';
import {
  type AcquireResult,
  callbackParameter,
  type LockShapeNode,
  memberOf,
  membersOf,
  resultOf,
  returnsPromise,
  type ShapeMember,
} from './shape-members.js';
import { shapeQueries } from './shape-queries.js';

/** A member with its evidence, which is looked for when it is first asked for: most classes are dismissed before. */
class Candidate {
  #evidence: BodyEvidence | undefined;
  readonly callback: number | undefined;

  constructor(
    readonly compiler: Compiler,
    readonly member: ShapeMember,
  ) {
    this.callback = callbackParameter(compiler, member);
  }

  get evidence(): BodyEvidence | undefined {
    if (this.#evidence === undefined && this.member.body !== undefined) this.#evidence = evidenceOf(this.compiler, this.member.body);
    return this.#evidence;
  }
}

type Acquire = Extract<ModelMember, { does: 'acquire' }>;
type Run = Extract<ModelMember, { does: 'run' }>;

/** The shape's model, or undefined when the class, interface or object is no lock. */
export function lockShapeOf(compiler: Compiler, node: LockShapeNode): ModelExport | undefined {
  if (compiler.isObjectLiteralExpression(node) ? node.properties.length === 0 : node.members.length === 0) return undefined;
  const name = shapeName(compiler, node);
  const isNamed = isLockName(name);
  if (!isNamed && !mayBeLock(compiler, node)) return undefined;
  const own = membersOf(compiler, node);
  const offered = new Set(own.map((member) => member.name));
  const helpers = helpersBeside(compiler, node).filter((helper) => !offered.has(helper.name));
  const shape = new Shape(compiler, name, [...own, ...helpers].map((member) => new Candidate(compiler, member)));
  const members: Record<string, ModelMember> = Object.fromEntries(callbackRuns(compiler, madeBy(compiler, node), own));
  for (const [member, meaning] of Object.entries(shape.members())) if (offered.has(member)) members[member] = meaning;
  if (Object.keys(members).length === 0) return undefined;
  const permits = permitsOf(compiler, node, shape);
  return {
    name,
    members: { ...shapeQueries(compiler, node), ...members },
    ...(permits === undefined ? {} : { permits }),
    ...(shape.isSeenToWait && !ownerWords.test(node.getText()) ? { reentrant: false } : {}),
  };
}

/** Words of locks that know who holds them, and may let the holder in again. */
const ownerWords = /owner|holder|depth|re-?entran|recursi|nest|AsyncLocalStorage|getStore|asyncId/i;

/** What a call of the function does, when it takes a lock in the variables around it: for its callback, or until what it hands out is called. */
export function functionShapeOf(compiler: Compiler, node: FreeFunction, name: string): ModelMember | undefined {
  if (node.body === undefined) return undefined;
  const isAcquire = mayBeginPair(name) || verbOf(name, false) === 'acquire';
  const mayHandOut = isAcquire || mayHandOutRelease(node.body.getText());
  if (!mayHandOut && node.parameters.length === 0) return undefined;
  if (!/\.(?:then|catch|finally)\b|\bawait\b/.test(node.body.getText())) return undefined;
  const candidate = new Candidate(compiler, memberOf(compiler, name, node));
  if (candidate.callback === undefined && !(mayHandOut && handsOutRelease(compiler, candidate, isAcquire, []) && opensWhatItClosed(compiler, candidate))) return undefined;
  return new Shape(compiler, '', [candidate]).members()[name];
}

/** What a function does that is handed in, by its type and a name that says it all: `withLock: <T>(task: () => Promise<T>) => Promise<T>`. A `lock` is as the method of a lock. */
export function sectionShapeOf(compiler: Compiler, node: ts.FunctionTypeNode, name: string): ModelMember | undefined {
  return isSectionName(name) ? new Shape(compiler, isCertainRunName(name) ? '' : 'Lock', [new Candidate(compiler, memberOf(compiler, name, node))]).members()[name] : undefined;
}

/** What functions that share variables are together, as if they were the members of one object. */
export function membersOfFunctions(compiler: Compiler, functions: readonly { readonly node: FreeFunction; readonly name: string }[]): Record<string, ModelMember> {
  return new Shape(compiler, '', functions.map(({ node, name }) => new Candidate(compiler, memberOf(compiler, name, node)))).members();
}

/** A quick look at the text, before any member is looked into. */
function mayBeLock(compiler: Compiler, node: LockShapeNode): boolean {
  const isQueue = /\.push\(/.test(node.getText()) && callbackLockWords.test(madeBy(compiler, node).getText());
  return isQueue || waitingWords.test(node.getText()) || namesOthers(compiler, node);
}

const waitingWords = /\.(?:then|catch|finally)\b|\bPromise\b|\bawait\b/;

/** `return { run }`: the object only gathers functions that are written beside it. */
function namesOthers(compiler: Compiler, node: LockShapeNode): boolean {
  if (!compiler.isObjectLiteralExpression(node) || !compiler.isReturnStatement(outerParent(compiler, node).parent)) return false;
  const isByName = (property: ts.ObjectLiteralElementLike): boolean =>
    compiler.isShorthandPropertyAssignment(property) || (compiler.isPropertyAssignment(property) && compiler.isIdentifier(property.initializer));
  return node.properties.some(isByName) && membersOf(compiler, node).some(({ body }) => body !== undefined && waitingWords.test(body.getText()));
}

/** Functions that stand beside an object in the function that makes it, which its members call as they would call private methods. */
function helpersBeside(compiler: Compiler, node: LockShapeNode): ShapeMember[] {
  const maker = madeBy(compiler, node);
  if (maker === node || !compiler.isFunctionLike(maker) || !('body' in maker) || maker.body === undefined || !compiler.isBlock(maker.body)) return [];
  return maker.body.statements
    .flatMap((statement) => functionsOf(compiler, statement))
    .map(({ node: helper, name }) => memberOf(compiler, name, helper));
}

/** The class, or the function that makes the object and has its variables and helpers. */
function madeBy(compiler: Compiler, node: LockShapeNode): ts.Node {
  if (!compiler.isObjectLiteralExpression(node)) return node;
  const owner = enclosingActivation(compiler, node);
  return compiler.isSourceFile(owner) ? node : owner;
}

function shapeName(compiler: Compiler, node: LockShapeNode): string {
  if (!compiler.isObjectLiteralExpression(node) && node.name !== undefined) return node.name.text;
  for (let parent: ts.Node | undefined = node.parent; parent !== undefined; parent = parent.parent) {
    if (compiler.isVariableDeclaration(parent) || compiler.isFunctionDeclaration(parent) || compiler.isMethodDeclaration(parent)) {
      const name = propertyNameText(compiler, parent.name) ?? '';
      const made = name.replace(/^(?:create|make|new|build)(?=[A-Z])/, '');
      return made.charAt(0).toUpperCase() + made.slice(1);
    }
  }
  return '';
}

class Shape {
  readonly #isNamed: boolean;
  readonly #isCertain: boolean;
  readonly #releases: readonly ShapeMember[];
  /** Members whose bodies are those of a lock, by verbs that are not. */
  readonly #paired: ReadonlyMap<string, 'acquire' | 'release'>;
  /** Whether some member takes it in shared mode; without one, `runExclusive` of a semaphore says nothing of its mode. */
  readonly #hasSharedMode: boolean;

  constructor(
    readonly compiler: Compiler,
    readonly name: string,
    readonly candidates: readonly Candidate[],
  ) {
    this.#isNamed = isLockName(name);
    this.#isCertain = isCertainLockName(name);
    this.#paired = pairedVerbs(compiler, candidates);
    this.#releases = candidates
      .filter(({ member, callback }) => callback === undefined && this.#verb(member.name) === 'release')
      .map(({ member }) => member);
    this.#hasSharedMode = candidates.some(
      ({ member, callback }) =>
        modeOfName(member.name) === 'shared' && (callback !== undefined || this.#verb(member.name) === 'acquire'),
    );
  }

  /** Whether some body is there to be read that waits. */
  get isSeenToWait(): boolean {
    return this.candidates.some(({ evidence }) => isWaiting(evidence));
  }

  /** Whether the lock counts holders rather than chaining promises. */
  get countsHolders(): boolean {
    return this.candidates.some(({ evidence }) => evidence !== undefined && !evidence.tail && (evidence.waiters || evidence.spin));
  }

  /** Whether taking the lock changes this state, `this.free` or `free`. */
  counts(state: string): boolean {
    return this.candidates.some(({ member, evidence }) => this.#verb(member.name) === 'acquire' && evidence?.claimed.has(state) === true);
  }

  #verb(name: string): MemberVerb {
    const verb = verbOf(name, this.#isNamed);
    return verb === 'other' ? (this.#paired.get(name) ?? verb) : verb;
  }

  #modeOf(name: string): LockMode | undefined {
    return this.#hasSharedMode ? modeOfName(name) : undefined;
  }

  members(): Record<string, ModelMember> {
    const acquires = this.#acquires();
    const runs = this.#runs(acquires);
    const members: Record<string, ModelMember> = {};
    for (const [name, acquire] of acquires) {
      const shared = acquire.mode === 'shared' ? undefined : sharedTwin(name, acquires);
      const scoped = [...runs].find(([, run]) => (run.mode ?? 'exclusive') === (acquire.mode ?? 'exclusive') && run.callback === 0 && run.key === undefined)?.[0];
      members[name] = {
        ...acquire,
        ...(shared === undefined ? {} : { sharedAlternative: shared }),
        ...(scoped === undefined || acquire.key !== undefined ? {} : { scopedAlternative: scoped }),
      };
    }
    for (const [name, run] of runs) {
      const shared = run.mode === 'shared' ? undefined : sharedTwin(name, runs);
      members[name] = shared === undefined ? run : { ...run, sharedAlternative: shared };
    }
    const isReleasedByMember = [...acquires.values()].some(({ release }) => release.by === 'lock-member');
    if (acquires.size > 0) {
      for (const release of this.#releases) {
        if (members[release.name] !== undefined || (!isReleasedByMember && release.parameters.length > 0)) continue;
        const mode = this.#modeOf(release.name);
        const key = keyParameter(release);
        members[release.name] = {
          does: 'release',
          asynchronous: returnsPromise(this.compiler, release),
          // the next in the queue is let in, whoever asks for it
          ...(this.countsHolders ? { again: 'admits' as const } : {}),
          ...(mode === undefined ? {} : { mode }),
          ...(key === undefined ? {} : { key }),
        };
      }
    }
    return members;
  }

  /** Shapes that exclude nobody: a single wait for a promise, or a turn that is claimed although the state was free meanwhile. */
  #letsAllThrough(evidence: BodyEvidence | undefined): boolean {
    if (evidence?.waitsOnce === true) return true;
    if (evidence?.claimsAfterTurn !== true) return false;
    return this.candidates.some((other) => other.evidence?.freesForAll === true);
  }

  #acquires(): Map<string, Acquire> {
    const found = new Map<string, Acquire>();
    for (const candidate of this.candidates) {
      const { member } = candidate;
      const verb = this.#verb(member.name);
      if (candidate.callback !== undefined || (verb !== 'acquire' && verb !== 'try-acquire')) continue;
      if (this.#letsAllThrough(candidate.evidence)) continue;
      const result = resultOf(this.compiler, member);
      const waits = returnsPromise(this.compiler, member);
      const isTry = verb === 'try-acquire' || result.kind === 'boolean' || result.notTaken !== undefined;
      if (!waits && verb !== 'try-acquire') continue;
      const release = this.#releaseOf(member, result);
      if (release === undefined || !this.#isTrusted(candidate, result)) continue;
      const mode = this.#modeOf(member.name);
      const key = keyParameter(member);
      const notTaken = result.notTaken ?? 'false';
      found.set(member.name, {
        does: 'acquire',
        release,
        ...(mode === undefined ? {} : { mode }),
        ...(waits ? {} : { synchronous: true }),
        ...(isTry ? { conditional: true, notTaken } : {}),
        ...(key === undefined ? {} : { key }),
        ...(result.kind === 'handle' && result.disposable ? { disposable: true } : {}),
      });
    }
    const isLock = this.#isNamed || this.candidates.some((candidate) => found.has(candidate.member.name) && (isWaiting(candidate.evidence) || this.#keepsOther(candidate.member)));
    return isLock ? found : new Map<string, Acquire>();
  }

  /** What it keeps of another lock another member gives back. */
  #keepsOther(member: ShapeMember): boolean {
    return this.#paired.get(member.name) === 'acquire' && keptField(this.compiler, member.body) !== undefined;
  }

  /** Whether the member does what a lock does, or the name makes up for what cannot be seen. */
  #isTrusted({ member, evidence }: Candidate, result: AcquireResult): boolean {
    if (isWaiting(evidence) || this.#keepsOther(member)) return true;
    const others = this.candidates.some((other) => isWaiting(other.evidence));
    if (evidence === undefined) return this.#isCertain || (this.#isNamed && (result.kind === 'function' || result.kind === 'handle'));
    const forwards = [...evidence.ownCalls.keys()].some((name) => /acquire|lock|wait|enqueue/i.test(name));
    if (others && this.#verb(member.name) === 'try-acquire') return true;
    return this.#isNamed && (others || evidence.delegates || forwards || this.#isCertain);
  }

  /** How an acquire with this result is given back; undefined when it is not, or when what it gives is a resource. */
  #releaseOf(acquire: ShapeMember, result: AcquireResult): ModelRelease | undefined {
    if (result.kind === 'function') return { by: 'call-result' };
    const given = ['handle', 'other', 'unknown'].includes(result.kind) ? this.#givenMembers(acquire) : [];
    if (given.length > 0) return { by: 'result-member', members: [...new Set([...given, ...(result.kind === 'handle' ? result.members : [])])] };
    if (result.kind === 'handle') return this.#isNamed || this.#paired.get(acquire.name) === 'acquire' ? { by: 'result-member', members: result.members } : undefined;
    if (result.kind === 'other') return undefined;
    const mode = this.#modeOf(acquire.name);
    const fitting = this.#releases.filter(({ name }) => mode === undefined || (modeOfName(name) ?? mode) === mode);
    const keyed = keyParameter(acquire) !== undefined;
    const plain = fitting.filter((release) => result.kind === 'token' || requiredParameters(release) <= (keyed ? 1 : 0));
    if (plain.length > 0) return { by: 'lock-member', members: plain.map(({ name }) => name) };
    return undefined;
  }

  #givenMembers(acquire: ShapeMember): readonly string[] {
    const candidate = this.candidates.find(({ member }) => member === acquire);
    return candidate === undefined ? [] : releasingMembers(this.compiler, candidate, this.candidates);
  }

  #runs(acquires: ReadonlyMap<string, Acquire>): Map<string, Run> {
    const found = new Map<string, Run>();
    const add = ({ member, callback }: Candidate, mode: LockMode | undefined): void => {
      if (callback === undefined) return;
      const key = callback > 0 ? (keyParameter(member) ?? declaredKey(this.compiler, member)) : undefined;
      found.set(member.name, { does: 'run', callback, ...(mode === undefined ? {} : { mode }), ...(key === undefined ? {} : { key }) });
    };
    for (const candidate of this.candidates) {
      const { member, callback } = candidate;
      if (callback === undefined || isContinuation(member.name)) continue;
      const { evidence } = candidate;
      if (this.#letsAllThrough(evidence)) continue;
      const named = this.#modeOf(member.name);
      if (evidence === undefined) {
        const isSaid = this.#isCertain ? isRunName(member.name) || returnsPromise(this.compiler, member) : isCertainRunName(member.name) && returnsPromise(this.compiler, member);
        if (isSaid) add(candidate, named);
        continue;
      }
      const parameter = member.parameters[callback]?.name.getText() ?? '';
      const acquired = [...evidence.ownCalls.keys()].map((name) => acquires.get(name)).find((acquire) => acquire !== undefined);
      const called = callOfCallback(this.compiler, member, parameter);
      if (acquired !== undefined && called !== undefined) add(candidate, acquired.mode ?? named);
      else if (evidence.tail && (called !== undefined || isChained(this.compiler, evidence, parameter))) add(candidate, named);
      else if (called !== undefined && evidence.waiters && this.#wakes(evidence) && !this.#isGate(evidence)) add(candidate, named);
      else if (called !== undefined && evidence.held !== undefined && isWithin(called, evidence.held)) add(candidate, named);
      else if (this.#isDrained(evidence, parameter)) add(candidate, named);
      else if (this.#isNamed && evidence.delegates && isRunName(member.name)) add(candidate, named);
      // whatever a mutex calls it, a task handed to it for a promise runs under it
      else if (this.#isCertain && returnsPromise(this.compiler, member)) add(candidate, named);
    }
    // A member that hands its callback on to one of these is one too.
    for (let grew = found.size > 0; grew; ) {
      grew = false;
      for (const candidate of this.candidates) {
        const { member, callback } = candidate;
        if (callback === undefined || found.has(member.name)) continue;
        const { evidence } = candidate;
        if (evidence === undefined) continue;
        const parameter = member.parameters[callback]?.name.getText() ?? '';
        for (const [name, calls] of evidence.ownCalls) {
          const run = found.get(name);
          if (run === undefined || !calls.some((call) => mentions(this.compiler, call.arguments[run.callback], parameter))) continue;
          add(candidate, run.mode);
          grew = true;
          break;
        }
      }
    }
    return found;
  }

  /** The member lets waiters go on, or has another member do it. */
  #wakes(evidence: BodyEvidence): boolean {
    return evidence.takesOff || this.candidates.some(({ member, evidence: other }) => other?.takesOff === true && evidence.ownCalls.has(member.name));
  }

  /** It waits for what neither it nor a member that it calls changes: `if (!this.isOpen) await …`. Whoever opens that lets all in. */
  #isGate({ waitsForState, ownCalls }: BodyEvidence): boolean {
    const called = this.candidates.filter(({ member }) => ownCalls.has(member.name));
    return waitsForState.size > 0 && !called.some(({ evidence }) => [...(evidence?.claimed ?? [])].some((state) => waitsForState.has(state)));
  }

  /** The callback is queued, and a member that is called then works the queue off. */
  #isDrained(evidence: BodyEvidence, parameter: string): boolean {
    if (!evidence.pushed.some((pushed) => mentions(this.compiler, pushed, parameter))) return false;
    return this.candidates.some(({ member, evidence: other }) => other?.drains === true && evidence.ownCalls.has(member.name));
  }
}

/**
 * `enter` and `leave`, where the bodies are seen to be those of a lock: the first waits in a queue of resolvers or in a
 * loop, and what it claims the second gives up, letting the next one in.
 */
function pairedVerbs(compiler: Compiler, candidates: readonly Candidate[]): ReadonlyMap<string, 'acquire' | 'release'> {
  const verbs = new Map<string, 'acquire' | 'release'>();
  for (const begin of candidates) {
    if (begin.callback !== undefined) continue;
    const isNamed = mayBeginPair(begin.member.name);
    if (handsOutRelease(compiler, begin, isNamed, candidates)) verbs.set(begin.member.name, 'acquire');
    for (const end of endsOfKept(compiler, begin, candidates)) verbs.set(begin.member.name, 'acquire').set(end.member.name, 'release');
    if (!isNamed) continue;
    const { evidence } = begin;
    if (evidence === undefined || !(evidence.waiters || evidence.spin)) continue;
    if (!['nothing', 'unknown'].includes(resultOf(compiler, begin.member).kind)) continue;
    for (const end of candidates) {
      if (end === begin || end.callback !== undefined || !isPairOfVerbs(begin.member.name, end.member.name)) continue;
      const given = end.evidence;
      if (given === undefined || (evidence.waiters && !given.takesOff && !candidates.some(({ member, evidence: woken }) => woken?.takesOff === true && given.ownCalls.has(member.name)))) continue;
      if (![...given.claimed].some((state) => evidence.claimed.has(state))) continue;
      verbs.set(begin.member.name, 'acquire');
      verbs.set(end.member.name, 'release');
    }
  }
  return verbs;
}

/** The members that give back what the other keeps of another lock. A service that is started and stopped holds one for its life. */
function endsOfKept(compiler: Compiler, begin: Candidate, candidates: readonly Candidate[]): readonly Candidate[] {
  const field = isOffered(compiler, begin) ? keptField(compiler, begin.member.body) : undefined;
  if (field === undefined || begin.member.name === 'start') return [];
  return candidates.filter((end) => end !== begin && isOffered(compiler, end) && end.callback === undefined && requiredParameters(end.member) === 0 && callsField(compiler, end.member.body, field));
}

/** Whether others may call it, who have the object. */
function isOffered(compiler: Compiler, { member: { node } }: Candidate): boolean {
  return !compiler.isMethodDeclaration(node) || !isHiddenMember(compiler, node);
}

/** The shared member that is named like an exclusive one, or the only shared one where the name says `exclusive`. */
function sharedTwin(name: string, members: ReadonlyMap<string, Acquire | Run>): string | undefined {
  const isTry = name.startsWith('try');
  const shared = [...members.keys()].filter((other) => members.get(other)?.mode === 'shared' && other.startsWith('try') === isTry);
  const stem = (other: string): string => other.replace(/writer?|read(?:er)?|exclusive|shared|^[wr](?=lock)/gi, '').toLowerCase();
  const twin = shared.find((other) => stem(other) === stem(name));
  return twin ?? (shared.length === 1 && modeOfName(name) === 'exclusive' ? shared[0] : undefined);
}

function requiredParameters(member: ShapeMember): number {
  return member.parameters.filter(({ questionToken, initializer, dotDotDotToken }) => !questionToken && !initializer && !dotDotDotToken).length;
}

/** Position of the key: the first parameter, when it is named like one. */
function keyParameter({ parameters: [first] }: ShapeMember): number | undefined {
  if (first === undefined || first.questionToken !== undefined || first.initializer !== undefined) return undefined;
  return isKeyName(first.name.getText()) ? 0 : undefined;
}

/** Where no body tells what comes before the callback, it names what is locked; a number is a time or a count of permits. */
function declaredKey({ SyntaxKind }: Compiler, { body, parameters: [first] }: ShapeMember): number | undefined {
  if (body !== undefined || first === undefined || first.questionToken !== undefined) return undefined;
  const kind = first.type?.kind;
  return kind === SyntaxKind.NumberKeyword || kind === SyntaxKind.BooleanKeyword || kind === SyntaxKind.UnionType ? undefined : 0;
}

/** Members of promises, which take callbacks and lock nothing. */
function isContinuation(name: string): boolean {
  return name === 'then' || name === 'catch' || name === 'finally';
}

function isChained(compiler: Compiler, evidence: BodyEvidence, parameter: string): boolean {
  return evidence.chained.some((argument) => {
    const value = skipOuter(compiler, argument);
    return compiler.isIdentifier(value) ? value.text === parameter : callIn(compiler, value, parameter) !== undefined;
  });
}


function callOfCallback(compiler: Compiler, { body }: ShapeMember, parameter: string): ts.CallExpression | undefined {
  return body === undefined ? undefined : callIn(compiler, body, parameter);
}

function mentions(compiler: Compiler, node: ts.Node | undefined, name: string): boolean {
  if (node === undefined) return false;
  if (compiler.isIdentifier(node)) return node.text === name;
  return compiler.forEachChild(node, (child) => mentions(compiler, child, name) || undefined) ?? false;
}

/** The parameter of the constructor, or of the function that makes the object, which says how many may hold the lock at once. */
function permitsOf(compiler: Compiler, node: LockShapeNode, shape: Shape): ModelExport['permits'] {
  const isSemaphore = /Semaphore|Limit/.test(shape.name);
  if (compiler.isInterfaceDeclaration(node)) return isSemaphore ? { argument: 0 } : undefined;
  if (!isSemaphore && !shape.countsHolders) return undefined;
  const maker = compiler.isClassLike(node) ? node.members.find((member) => compiler.isConstructorDeclaration(member)) : madeBy(compiler, node);
  const parameters = maker !== undefined && isFunctionNode(compiler, maker) ? maker.parameters : [];
  const argument = parameters.findIndex((parameter) => {
    const isNumber = parameter.type?.kind === compiler.SyntaxKind.NumberKeyword || isNumeric(compiler, parameter.initializer);
    if (!isNumber) return false;
    const name = parameter.name.getText();
    return isPermitsName(name) || (isSemaphore && parameters.length === 1) || statesOf(compiler, maker, parameter).some((state) => shape.counts(state));
  });
  if (argument < 0) return isSemaphore ? { argument: 0 } : undefined;
  const initializer = parameters[argument]?.initializer;
  return initializer !== undefined && compiler.isNumericLiteral(initializer) ? { argument, absent: Number(initializer.text) } : { argument };
}

/** What holds that which the parameter brings: the field that it declares, or itself in a factory, and the fields and variables that get it at first. */
function statesOf(compiler: Compiler, maker: ts.Node | undefined, parameter: ts.ParameterDeclaration): string[] {
  const name = parameter.name.getText();
  if (maker === undefined || !isFunctionNode(compiler, maker)) return [];
  const states = compiler.isConstructorDeclaration(maker) ? ((parameter.modifiers?.length ?? 0) > 0 ? [`this.${name}`] : []) : [name];
  for (const statement of maker.body !== undefined && compiler.isBlock(maker.body) ? maker.body.statements : []) {
    if (compiler.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) if (declaration.initializer?.getText() === name) states.push(declaration.name.getText());
    }
    if (!compiler.isExpressionStatement(statement) || !compiler.isBinaryExpression(statement.expression)) continue;
    const { left, right } = statement.expression;
    if (compiler.isPropertyAccessExpression(left) && right.getText() === name) states.push(`this.${left.name.text}`);
  }
  return states;
}

function isNumeric(compiler: Compiler, initializer: ts.Expression | undefined): boolean {
  return initializer !== undefined && (compiler.isNumericLiteral(initializer) || initializer.getText() === 'Infinity');
}
