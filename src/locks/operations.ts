/** Turns a model's words about a member into the operation that one call of it performs. */
import type {
  ModelArgument, ModelCallback, ModelExport, ModelFailure, ModelMember, ModelModeArgument, ModelRelease, ModelReleaseFacts,
} from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionLiteral, outerParent, propertyValue, skipOuter } from '../syntax/functions.js';
import { ownMember } from './model-index.js';
import type { LockMode, LockOperation, Reentrancy, ReleaseFacts, ReleaseShape, Weight } from './operation.js';
import { effectOfStatement, type StatementEffect } from './statement-text.js';

/** A call with what the resolver found out about it. */
export interface MatchedCall {
  readonly call: ts.CallExpression;
  readonly memberName: string;
  readonly member: ModelMember;
  readonly lockExport: ModelExport;
  readonly lock: ts.Expression | undefined;
  readonly lockName: string;
  readonly model: string;
  /** Permits the lock was made with; undefined when unknown. */
  readonly permits: number | undefined;
  /** How acquires fail by a wrapper around the lock; undefined where none says. */
  readonly failure: ModelFailure | undefined;
  /** Whether a holder may take it again; undefined when that is not known. */
  readonly reentrant: Reentrancy | undefined;
  /** Permits that the call takes or gives back; undefined where nothing says. */
  readonly weight?: Weight | undefined;
  /** A wrapper around the lock makes acquires fail at once. */
  readonly isImmediate?: boolean | undefined;
  /** The key of a lease, wherever it stands among the arguments. */
  readonly key?: ts.Expression | undefined;
}

/** The operation; undefined when the call lacks what the member needs, such as a callback. */
export function operationOf(compiler: Compiler, matched: MatchedCall): LockOperation | undefined {
  const { call, member, memberName, lockExport } = matched;
  const base = {
    node: call,
    lock: matched.lock,
    lockName: matched.lockName,
    key: matched.key ?? (!('key' in member) || member.key === undefined ? undefined : call.arguments[member.key]),
    model: matched.model,
  };
  if (member.does === 'release') return { ...base, ...factsOf(member), kind: 'release', mode: member.mode, weight: matched.weight, ofOwner: member.ofOwner };
  if (member.does === 'query') return member.property === true ? undefined : { ...base, kind: 'query' };
  if (member.does === 'wait') {
    const statement = statementOf(compiler, call, member.statement);
    return { ...base, kind: 'wait', until: member.until ?? 'free', begins: statement === undefined || statement.does === 'end' ? undefined : statement.subject };
  }
  if (member.does === 'statement') return transactionOf(compiler, matched, base, member);
  // who takes all permits is alone
  const takesAll = matched.permits !== undefined && matched.permits <= (matched.weight?.value ?? 1);
  const ordinary = lockExport.permits === undefined || takesAll ? 'exclusive' : 'counting';
  if (member.does === 'enclose') {
    const enclosed = callbackOf(compiler, call, member.callback);
    if (enclosed === undefined) return undefined;
    return { ...base, kind: 'enclose', callback: enclosed, mode: ordinary, asynchronous: member.asynchronous === true, reentrant: matched.reentrant };
  }
  const mode = modeOf(compiler, matched, member.modeArgument);
  const shared = sharedForm(compiler, matched, mode);
  if (member.does === 'acquire' && member.runsCallback === true && call.arguments.length > 0) {
    const position = call.arguments.findIndex((argument) => isFunctionLiteral(compiler, skipOuter(compiler, argument)));
    if (position >= 0) return operationOf(compiler, { ...matched, member: { does: 'run', callback: position, throughParameter: member.throughParameter ?? false } });
    // a function with a name looks like an object with options
    if (call.arguments.some((argument) => !compiler.isObjectLiteralExpression(skipOuter(compiler, argument)))) return undefined;
  }
  if (member.does === 'acquire' && member.calledBack !== undefined && endsWithFunction(compiler, call)) return calledBackOf(compiler, matched, member, member.calledBack);
  if (member.does === 'acquire') {
    if (member.unless !== undefined && !isUndefined(compiler, argumentValue(compiler, call, member.unless))) return undefined;
    const isResource = lockExport.kind === 'resource';
    const isTimed =
      matched.failure !== undefined || (member.limit !== undefined && !isUndefined(compiler, argumentValue(compiler, call, member.limit)));
    // Without a limit a result that nobody looks at decides nothing; `acquire` of some locks resolves to `true` and cannot fail.
    const conditional = member.conditional === true && (memberName.startsWith('try') || member.lease === true || isTimed || !isDiscarded(compiler, call));
    return {
      ...base,
      kind: 'acquire',
      weight: matched.weight,
      mode: isResource ? 'counting' : (mode ?? member.mode ?? ordinary),
      permits: matched.permits,
      resource: isResource,
      collected: lockExport.collected ?? false,
      asynchronous: !(member.synchronous ?? false),
      conditional,
      notTaken: conditional ? (member.notTaken ?? 'false') : undefined,
      failure: isTimed || member.limit === undefined ? (matched.failure ?? member.fails) : 'never',
      timed: isTimed,
      waits: matched.isImmediate !== true,
      reentrant: matched.reentrant,
      release: releaseShape(member.release, lockExport),
      disposable: member.disposable ?? false,
      lease: member.lease,
      sharedAlternative: shared?.member,
      sharedOption: shared?.option,
      scopedAlternative: member.scopedAlternative,
    };
  }
  const callback = callbackOf(compiler, call, member.callback);
  if (callback === undefined) return undefined;
  const releaser = member.releaserIfDeclared !== true || declaresParameter(compiler, callback, member.releaser) ? member.releaser : undefined;
  return {
    ...base,
    kind: 'run',
    mode: lockExport.kind === 'resource' ? 'counting' : (mode ?? member.mode ?? ordinary),
    permits: matched.permits,
    callback,
    releaserParameter: releaser,
    refusalParameter: member.refusal,
    resource: lockExport.kind === 'resource',
    release: handedRelease(member, releaser, lockExport),
    conditional: member.conditional !== undefined && isTrue(compiler, argumentValue(compiler, call, member.conditional)),
    asynchronous: !(member.synchronous ?? false),
    reentrant: matched.reentrant,
    timed: matched.failure !== undefined,
    leaksOnThrow: member.leaksOnThrow ?? false,
    throughParameter: member.throughParameter ?? false,
    waits: matched.isImmediate !== true,
    sharedAlternative: shared?.member,
    sharedOption: shared?.option,
  };
}

/** What the text of a statement does to its connection. */
function statementOf(compiler: Compiler, call: ts.CallExpression, position: number | undefined): StatementEffect | undefined {
  const argument = position === undefined ? undefined : call.arguments[position];
  const text = argument === undefined ? undefined : skipOuter(compiler, argument);
  if (text === undefined) return undefined;
  if (compiler.isConditionalExpression(text)) {
    // `ok ? 'COMMIT' : 'ROLLBACK'`
    const [one, other] = [text.whenTrue, text.whenFalse].map((branch) => effectOfStatement(compiler, branch));
    return one?.subject === other?.subject && one?.does === other?.does ? one : undefined;
  }
  return effectOfStatement(compiler, text);
}

type ModelAcquire = Extract<ModelMember, { does: 'acquire' }>;

type Base = Pick<LockOperation & { node: ts.CallExpression }, 'node' | 'lock' | 'lockName' | 'key' | 'model'>;

function transactionOf(
  compiler: Compiler,
  { call, permits, reentrant }: MatchedCall,
  base: Base,
  { text, synchronous }: Extract<ModelMember, { does: 'statement' }>,
): LockOperation | undefined {
  const statement = statementOf(compiler, call, text);
  // a statement that calls back gives no promise
  const asynchronous = synchronous !== true && !endsWithFunction(compiler, call);
  // the row that says whether it has the lock is not followed
  if (statement === undefined || statement.does === 'try') return undefined;
  const { subject } = statement;
  if (statement.does === 'end') return { ...base, kind: 'release', mode: undefined, statement: subject, asynchronous, again: 'ignored' };
  return {
    ...base,
    ...{ kind: 'acquire', mode: 'counting', permits, resource: true, statement: subject, collected: false, asynchronous, reentrant },
    ...{ conditional: false, notTaken: undefined, failure: asynchronous ? 'rejects' : 'throws', timed: false, waits: true, disposable: false },
    release: { kind: 'lock-member', members: [], asynchronous, again: 'ignored' },
    ...{ sharedAlternative: undefined, sharedOption: undefined, scopedAlternative: undefined },
  };
}

/** The form with a callback: what comes back as an error and as a handle are parameters there. */
function calledBackOf(compiler: Compiler, matched: MatchedCall, { key, release }: ModelAcquire, { refusal, handle, releaser }: ModelCallback): LockOperation | undefined {
  const run: ModelMember = { does: 'run', callback: -1, refusal, ...(key === undefined ? {} : { key }), ...(releaser === undefined ? {} : { releaser }) };
  const operation = operationOf(compiler, { ...matched, member: run });
  return operation?.kind === 'run' ? { ...operation, handleParameter: handle, release: releaseShape(release, matched.lockExport) } : operation;
}

function endsWithFunction(compiler: Compiler, { arguments: given }: ts.CallExpression): boolean {
  const last = given.at(-1);
  return last !== undefined && isFunctionLiteral(compiler, skipOuter(compiler, last));
}

function handedRelease({ releasedBy, handsOver }: Extract<ModelMember, { does: 'run' }>, releaser: number | undefined, { name }: ModelExport): ReleaseShape | undefined {
  const facts = { asynchronous: false, again: undefined, handsOver: handsOver ?? false };
  if (releasedBy !== undefined) return name === '*' ? { kind: 'module-function', functions: releasedBy, ...facts } : { kind: 'lock-member', members: releasedBy, ...facts };
  return releaser === undefined ? undefined : { kind: 'call-result', ...facts };
}

/** A library looks at how many parameters the callback declares, as its `length` tells: without `this`, and up to the first that may be left out. */
function declaresParameter(compiler: Compiler, callback: ts.Expression, position: number | undefined): boolean {
  const literal = skipOuter(compiler, callback);
  if (position === undefined || !isFunctionLiteral(compiler, literal)) return false;
  const named = literal.parameters.filter(({ name }) => name.getText() !== 'this');
  const end = named.findIndex(({ initializer, dotDotDotToken }) => initializer !== undefined || dotDotDotToken !== undefined);
  return (end < 0 ? named.length : end) > position;
}

/** Whether the call stands alone as a statement, awaited or not. */
function isDiscarded(compiler: Compiler, call: ts.CallExpression): boolean {
  const { parent } = outerParent(compiler, call);
  const statement = compiler.isAwaitExpression(parent) ? outerParent(compiler, parent).parent : parent;
  return compiler.isExpressionStatement(statement);
}

/** The callback where the model expects it, or the one function that is written out, as where arguments are optional. */
function callbackOf(compiler: Compiler, call: ts.CallExpression, position: number): ts.Expression | undefined {
  const expected = call.arguments.at(position);
  if (expected !== undefined && isFunctionLiteral(compiler, skipOuter(compiler, expected))) return expected;
  const literal = call.arguments.find((argument) => isFunctionLiteral(compiler, skipOuter(compiler, argument)));
  return literal ?? (expected !== undefined && mayBeFunction(compiler, skipOuter(compiler, expected)) ? expected : undefined);
}

/** Not a value that is written out: `$transaction([…])`. */
function mayBeFunction(compiler: Compiler, value: ts.Expression): boolean {
  return (
    compiler.isIdentifier(value) || compiler.isPropertyAccessExpression(value) || compiler.isElementAccessExpression(value) || compiler.isCallExpression(value)
  );
}

/** The mode that an argument chooses; undefined when none does. An argument that is not written out says nothing. */
function modeOf(compiler: Compiler, { call }: MatchedCall, by: ModelModeArgument | undefined): LockMode | undefined {
  if (by === undefined) return undefined;
  const value = argumentValue(compiler, call, by);
  return value !== undefined && compiler.isStringLiteralLike(value) ? by.values[value.text] : undefined;
}

/** How the same lock is taken in shared mode. */
function sharedForm(
  compiler: Compiler,
  { call, member, memberName }: MatchedCall,
  mode: LockMode | undefined,
): { readonly member: string; readonly option: string | undefined } | undefined {
  if ((member.does !== 'acquire' && member.does !== 'run') || mode === 'shared') return undefined;
  const by = member.modeArgument;
  if (by === undefined) {
    return member.sharedAlternative === undefined ? undefined : { member: member.sharedAlternative, option: undefined };
  }
  const value = Object.keys(by.values).find((name) => by.values[name] === 'shared');
  if (value === undefined || (mode === undefined && !leavesOut(compiler, call, by))) return undefined;
  return { member: memberName, option: by.property === undefined ? `'${value}'` : `${by.property}: '${value}'` };
}

/** Whether the argument certainly does not say: it is absent, another kind of argument, or an object without the property. */
function leavesOut(compiler: Compiler, call: ts.CallExpression, by: ModelArgument): boolean {
  const argument = call.arguments[by.argument];
  if (argument === undefined) return true;
  const value = skipOuter(compiler, argument);
  if (isFunctionLiteral(compiler, value)) return true;
  if (by.property === undefined) return false;
  if (!compiler.isObjectLiteralExpression(value)) return call.arguments.length <= by.argument + 1;
  const isPlain = value.properties.every((property) => !compiler.isSpreadAssignment(property));
  return isPlain && propertyValue(compiler, value, by.property) === undefined;
}

function argumentValue(compiler: Compiler, call: ts.CallExpression, by: ModelArgument): ts.Expression | undefined {
  const argument = call.arguments[by.argument];
  if (argument === undefined) return undefined;
  const value = skipOuter(compiler, argument);
  if (by.property === undefined) return value;
  const property = compiler.isObjectLiteralExpression(value) ? propertyValue(compiler, value, by.property) : undefined;
  return property === undefined ? undefined : skipOuter(compiler, property);
}

function isTrue(compiler: Compiler, value: ts.Expression | undefined): boolean {
  return value !== undefined && value.kind !== compiler.SyntaxKind.FalseKeyword;
}

function isUndefined(compiler: Compiler, value: ts.Expression | undefined): boolean {
  return value === undefined || (compiler.isIdentifier(value) && value.text === 'undefined');
}

function factsOf({ asynchronous, again, trueWhileHeld, trueOnceEnded }: ModelReleaseFacts): ReleaseFacts {
  return { asynchronous: asynchronous ?? false, again, trueWhileHeld, trueOnceEnded };
}

function releaseShape(release: ModelRelease, lockExport: ModelExport): ReleaseShape {
  switch (release.by) {
    case 'call-result':
      return { ...factsOf(release), kind: 'call-result' };
    case 'result-member':
      return { ...factsOf(release), kind: 'result-member', members: release.members };
    case 'tuple-element':
      return { ...factsOf(release), kind: 'tuple-element', index: release.index };
    case 'lock-member':
      return { ...factsOfMember(lockExport, release.members, release), kind: 'lock-member', members: release.members };
    case 'module-function':
      return { ...factsOfMember(lockExport, release.functions, release), kind: 'module-function', functions: release.functions };
  }
}

/** A release by a member has the facts of that member. */
function factsOfMember(lockExport: ModelExport, names: readonly string[], fallback: ModelReleaseFacts): ReleaseFacts {
  for (const name of names) {
    const member = ownMember(lockExport, name);
    if (member?.does === 'release') return factsOf(member);
  }
  return factsOf(fallback);
}
