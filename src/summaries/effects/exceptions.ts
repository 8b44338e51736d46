/**
 * Which events throw in practice.
 *
 * Everything may throw in theory. A report that hangs on `Date.now()` throwing is noise, so what the language and its
 * platform declare is trusted, and a callee whose body is in the program is looked into.
 */
import { eventsOf, flowSuccessors, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import { type CallEvent, type Event, mayThrow, type ReturnEvent, type SuspendEvent, type Value } from '../../events/event.js';
import { type FunctionNode, isAsync, isFunctionLiteral, isGenerator, outerParent, skipOuter } from '../../syntax/functions.js';
import { chainMethods } from '../../syntax/promise-chains.js';
import { isAssignment, isConst, rejectionHandler } from '../../syntax/tree.js';
import { reachingDefinitions } from './provenance.js';
import { cellAccess } from '../model/cells.js';
import { waitedFor } from '../model/named-values.js';
import { createModelCache, type ProgramModel } from '../model/program-model.js';

/**
 * How likely it is that an exception leaves the event: `likely` for what is awaited, `possible` for synchronous code
 * that cannot be seen, `remote` for a lock that is acquired without a limit. Ordered from the most likely on.
 */
export type Likelihood = 'likely' | 'possible' | 'remote';

/** Smaller is more likely. */
export const likelihoodRanks: Readonly<Record<Likelihood, number>> = { likely: 1, possible: 2, remote: 3 };

/** Callees are followed this deep; a deeper one is taken to throw. */
const maximumDepth = 4;

const cache = createModelCache<Event, { readonly likelihood: Likelihood | undefined }>();
const functionCache = createModelCache<FunctionNode, boolean>();
const inProgress = new Set<FunctionNode>();
/** Functions whose returned promises are being looked at: a function that returns its own call adds nothing. */
const returning = new Set<FunctionNode>();

/** How likely the event throws; undefined where it does not in practice. */
export function exceptionOf(model: ProgramModel, event: Event): Likelihood | undefined {
  if (!mayThrow(event)) return undefined;
  const known = cache(model).get(event);
  if (known !== undefined) return known.likelihood;
  const likelihood = compute(model, event);
  if (inProgress.size + returning.size === 0) cache(model).set(event, { likelihood });
  return likelihood;
}

function compute(model: ProgramModel, event: Event): Likelihood | undefined {
  switch (event.kind) {
    case 'throw':
      return 'likely';
    case 'suspend':
      return exceptionOfSuspension(model, event);
    case 'call':
      return exceptionOfCall(model, event);
    default:
      return undefined;
  }
}

function exceptionOfSuspension(model: ProgramModel, event: SuspendEvent): Likelihood | undefined {
  const { compiler } = model;
  switch (event.reason) {
    case 'acquire':
      return compiler.isCallExpression(event.node) ? exceptionOfAcquire(model, event.node) : 'remote';
    case 'disposal':
    case 'handover':
      return undefined;
    case 'iteration':
    case 'yield':
      return 'likely';
    case 'continuation':
      // later links are entered only when the one before has settled; their rejections have been lowered with it
      return event.operand !== undefined && rejects(model, event.operand.node) ? 'likely' : undefined;
    case 'await': {
      const operand = compiler.isAwaitExpression(event.node) ? waitedFor(model, event.node) : event.operand?.node;
      if (operand === undefined || chainOf(model, operand) !== undefined) return undefined;
      return rejects(model, operand) ? 'likely' : undefined;
    }
  }
}

/** An acquire fails where it is given a time limit or a signal; without, only when somebody cancels the lock. */
function exceptionOfAcquire(model: ProgramModel, call: ts.CallExpression): Likelihood | undefined {
  const operation = model.locks.classifyCall(call);
  const failure = operation?.kind === 'acquire' ? operation.failure : undefined;
  // a library says more by its model than by a body that ships with it
  if (failure === 'never') return undefined;
  if (failure === 'cancelled') return 'remote';
  const callee = model.calleeOfExpression(call.expression, 'full');
  if (callee?.body !== undefined) return resultRejects(model, callee) ? 'possible' : undefined;
  if (operation?.kind !== 'acquire') return 'remote';
  // what bounds the wait need not stand in the call: `withTimeout(mutex, 100)`
  if (operation.timed && (operation.failure === 'rejects' || operation.failure === 'throws')) return 'possible';
  return call.arguments.some((argument) => argument !== operation.key) ? 'possible' : 'remote';
}

// ---------------------------------------------------------------------------------------------------------------
// Promises

/** The last link of a promise chain: its method and what the link is applied to. */
function chainOf(model: ProgramModel, node: ts.Node): { method: string; base: ts.Expression; call: ts.CallExpression } | undefined {
  const { compiler } = model;
  if (!compiler.isCallExpression(node) || node.arguments.length === 0) return undefined;
  const { expression } = node;
  if (!compiler.isPropertyAccessExpression(expression)) return undefined;
  const method = expression.name.text;
  return chainMethods.has(method) ? { method, base: expression.expression, call: node } : undefined;
}

/** Names of helpers that only let time pass. */
const timeHelpers = /^(?:sleep|delay|pause|wait|set(?:Timeout|Immediate)|(?:wait(?:For)?|yield(?:To)?|next)?(?:Next)?(?:Tick|Turn|Frame|Idle|EventLoop|MainThread|Macrotask|Microtask)s?)$/i;

/** The function's name says that it only lets time pass. */
export function isTimeHelper(name: string): boolean {
  return timeHelpers.test(name);
}

/** Whether the promise may be rejected. */
function rejects(model: ProgramModel, value: ts.Node): boolean {
  const { compiler } = model;
  const node = compiler.isExpression(value) ? skipOuter(compiler, value) : value;
  const chain = chainOf(model, node);
  if (chain !== undefined) return chainRejects(model, chain);
  if (compiler.isAwaitExpression(node)) return false;
  if (compiler.isNewExpression(node)) return newPromiseRejects(model, node);
  if (compiler.isConditionalExpression(node)) return rejects(model, node.whenTrue) || rejects(model, node.whenFalse);
  if (compiler.isIdentifier(node)) {
    if (node.text === 'undefined') return false;
    const binding = model.file(node).scopes.resolve(node);
    const isImported = binding?.kind === 'import';
    const declaration = isImported ? model.questions.declarationAt(node) : binding?.declaration;
    if (binding === undefined || declaration === undefined || binding.assignments.length > 0) return true;
    if (isOnlyResolved(model, declaration)) return false;
    if (!compiler.isVariableDeclaration(declaration)) return true;
    const initializer = isImported ? declaration.initializer : binding.initializer;
    return initializer === undefined || (isImported && !isConst(compiler, declaration)) || rejects(model, initializer);
  }
  if (!compiler.isCallExpression(node)) return !compiler.isLiteralExpression(node) && !compiler.isObjectLiteralExpression(node) && !compiler.isArrayLiteralExpression(node);
  const { expression } = node;
  if (compiler.isPropertyAccessExpression(expression) && expression.expression.getText() === 'Promise') {
    if (expression.name.text === 'resolve' || expression.name.text === 'allSettled') return false;
    const [list] = node.arguments;
    if (list === undefined) return true;
    const made = promiseOfEach(model, list);
    if (made !== undefined) return mayFailForOne(model, made);
    return !compiler.isArrayLiteralExpression(list) || list.elements.some((element) => mayFail(model, element));
  }
  const callee = model.calleeOfExpression(expression, 'full');
  if (callee !== undefined && callee.body !== undefined) return resultRejects(model, callee);
  const name = compiler.isPropertyAccessExpression(expression) ? expression.name : expression;
  return !(compiler.isIdentifier(name) && isTimeHelper(name.text));
}

/** The same of a value in the activation: a local holds what it was given on the ways that lead there. */
export function mayBeRejected(model: ProgramModel, graph: Graph, { node, sources }: Value): boolean {
  const [use] = sources;
  if (!model.compiler.isIdentifier(node) || use?.kind !== 'use' || sources.length > 1) return rejects(model, node);
  const definitions = reachingDefinitions(graph, use);
  return definitions.length === 0 || definitions.some(({ value }) => value === undefined || rejects(model, value.node));
}

/** The promise that is made of each element: `target.close().catch(noop)` in `targets.map((target) => target.close().catch(noop))`. */
function promiseOfEach({ compiler }: ProgramModel, list: ts.Expression): ts.Expression | undefined {
  const call = skipOuter(compiler, list);
  if (!compiler.isCallExpression(call) || !compiler.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'map') return undefined;
  const [callback] = call.arguments;
  if (callback === undefined || !compiler.isArrowFunction(callback) || isAsync(compiler, callback)) return undefined;
  return compiler.isBlock(callback.body) ? undefined : callback.body;
}

/** Whether what `Promise.all` waits for may be rejected in practice; an acquire waits for its turn for as long as it takes. */
export function mayFail(model: ProgramModel, element: ts.Expression): boolean {
  const call = skipOuter(model.compiler, element);
  const isAcquire = model.compiler.isCallExpression(call) && model.locks.classifyCall(call)?.kind === 'acquire';
  return isAcquire ? exceptionOfAcquire(model, call) === 'possible' : rejects(model, element);
}

/** The same of a promise that is made for each of many: a lock that is refused where another has it is refused for some. */
export function mayFailForOne(model: ProgramModel, element: ts.Expression): boolean {
  const call = skipOuter(model.compiler, element);
  const operation = model.compiler.isCallExpression(call) ? model.locks.classifyCall(call) : undefined;
  return mayFail(model, element) || (operation?.kind === 'acquire' && operation.failure === 'rejects' && !operation.resource);
}

function chainRejects(model: ProgramModel, chain: { method: string; base: ts.Expression; call: ts.CallExpression }): boolean {
  const { compiler } = model;
  const [first] = chain.call.arguments;
  const handler = rejectionHandler(compiler, chain.call);
  if (chain.method === 'finally') return rejects(model, chain.base) || (first !== undefined && handlerRaises(model, first));
  if (chain.method === 'then' && (handler === undefined || first === undefined || handlerRaises(model, first))) return true;
  return handler === undefined || compiler.isSpreadElement(handler) || handlerRaises(model, handler);
}

/**
 * Whether a handler takes every failure of the work, `read().then(parse, () => empty)`, so that only what is made of its answer
 * without waiting can fail: on the same answer it fails again.
 */
export function failsOnlyOnAnswer(model: ProgramModel, value: ts.Node): boolean {
  const { compiler } = model;
  const chain = compiler.isExpression(value) ? chainOf(model, skipOuter(compiler, value)) : undefined;
  const [onAnswer, onFailure] = chain?.method === 'then' ? chain.call.arguments : [];
  if (chain === undefined || onAnswer === undefined) return false;
  if (onFailure === undefined ? rejects(model, chain.base) : handlerRaises(model, onFailure)) return false;
  const node = skipOuter(compiler, onAnswer);
  if (!isFunctionLiteral(compiler, node) || isAsync(compiler, node)) return false;
  return eventsOf(model.graph(node)).every((event) => event.kind !== 'return' || event.value === undefined || !model.questions.isPromise(event.value.node));
}

/** Whether a link of a chain may be rejected by what the handler does. */
export function handlerRaises(model: ProgramModel, handler: ts.Expression): boolean {
  const node = skipOuter(model.compiler, handler);
  const called = isFunctionLiteral(model.compiler, node) ? node : model.calleeOfExpression(node, 'full');
  return called === undefined || resultRejects(model, called);
}

/** `const { promise, resolve } = Promise.withResolvers()`: nobody has what would reject it. */
function isOnlyResolved({ compiler }: ProgramModel, declaration: ts.Node): boolean {
  if (!compiler.isBindingElement(declaration) || (declaration.propertyName ?? declaration.name).getText() !== 'promise') return false;
  const { parent: variable, elements } = declaration.parent;
  const made = compiler.isVariableDeclaration(variable) && variable.initializer !== undefined ? skipOuter(compiler, variable.initializer) : undefined;
  if (made === undefined || !compiler.isCallExpression(made) || made.expression.getText() !== 'Promise.withResolvers') return false;
  return elements.every((element) => compiler.isBindingElement(element) && ['promise', 'resolve'].includes((element.propertyName ?? element.name).getText()));
}

/** `new Promise((resolve) => …)` cannot be rejected by what it starts. */
function newPromiseRejects(model: ProgramModel, node: ts.NewExpression): boolean {
  const { compiler } = model;
  const executor = node.arguments?.[0] === undefined ? undefined : skipOuter(compiler, node.arguments[0]);
  if (node.expression.getText() !== 'Promise' || executor === undefined) return true;
  if (!isFunctionLiteral(compiler, executor)) return !holdsResolver(model, executor);
  const reject = executor.parameters[1]?.name;
  return reject !== undefined && new RegExp(`(?<![\\w$])${reject.getText().replaceAll('$', '\\$')}(?![\\w$])`).test(executor.body.getText());
}

/**
 * A variable that is given only what resolves another promise: `new Promise((resolve) => { next = resolve; })`. As an executor, `new Promise(next)`,
 * it hands its own `resolve` over to whoever waits for that other promise, and rejects nothing.
 */
function holdsResolver(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  const { scopes } = model.file(node);
  const binding = compiler.isIdentifier(node) ? scopes.resolve(node) : undefined;
  if (binding?.kind !== 'variable' || binding.assignments.length === 0) return false;
  const { declaration } = binding;
  if (!compiler.isVariableDeclaration(declaration) || declaration.initializer !== undefined) return false;
  return binding.assignments.every(({ parent }) => {
    if (!isAssignment(compiler, parent) || !compiler.isIdentifier(parent.right)) return false;
    const given = scopes.resolve(parent.right)?.declaration;
    const executor = given !== undefined && compiler.isParameter(given) ? given.parent : undefined;
    if (executor === undefined || !isFunctionLiteral(compiler, executor) || executor.parameters[0] !== given) return false;
    const { parent: made } = outerParent(compiler, executor);
    return compiler.isNewExpression(made) && made.expression.getText() === 'Promise';
  });
}

/** Whether calling the function gives an exception or a rejected promise. */
function resultRejects(model: ProgramModel, callee: FunctionNode): boolean {
  if (isGenerator(callee)) return true;
  if (raises(model, callee)) return true;
  if (returning.has(callee)) return false;
  if (returning.size >= maximumDepth) return true;
  const isAsynchronous = isAsync(model.compiler, callee);
  returning.add(callee);
  try {
    for (const block of model.graph(callee).blocks) {
      for (const event of block.events) {
        if (event.kind !== 'return' || event.inlined !== undefined || event.value === undefined) continue;
        if (isAsynchronous ? returnsRejection(model, event) : event.value.nature !== 'constant' && rejects(model, event.value.node)) return true;
      }
    }
    return false;
  } finally {
    returning.delete(callee);
  }
}

/** What is returned without `await` may reject, and the function's own promise with it; what was waited for has raised. */
export function returnsRejection(model: ProgramModel, { value, inlined }: ReturnEvent): boolean {
  const { compiler, questions } = model;
  if (value === undefined || inlined !== undefined || !compiler.isCallExpression(value.node)) return false;
  return questions.isPromise(value.node) && rejects(model, value.node);
}

// ---------------------------------------------------------------------------------------------------------------
// Calls

/** Whether an exception may leave the function's body. */
function raises(model: ProgramModel, callee: FunctionNode): boolean {
  const known = functionCache(model).get(callee);
  if (known !== undefined) return known;
  if (inProgress.has(callee)) return false;
  if (inProgress.size >= maximumDepth) return true;
  inProgress.add(callee);
  try {
    const graph = model.graph(callee);
    const result = graph.blocks.some((block) =>
      block.events.some((event) => {
        const likelihood = exceptionOf(model, event);
        return likelihood !== undefined && likelihood !== 'remote' && leadsOut(graph, block.handler);
      }),
    );
    if (inProgress.size === 1 && returning.size === 0) functionCache(model).set(callee, result);
    return result;
  } finally {
    inProgress.delete(callee);
  }
}

function leadsOut(graph: Graph, handler: number): boolean {
  const seen = new Set<number>();
  const work = [handler];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === graph.raise) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    work.push(...flowSuccessors(graph, id));
  }
  return false;
}

/** What is called for its effect on a log or a clock, or to ask how much there is. */
const harmlessReceivers =
  /^(?:console|Math|Date|performance|Object|Array|Number|String|Symbol|Promise|Reflect|path|process|Buffer|_*log(?:ger)?|\w*Log(?:ger)?)$/;
const harmlessFunctions =
  /^(?:String|Number|Boolean|BigInt|Symbol|parseInt|parseFloat|isNaN|isFinite|queueMicrotask|off|removeAllListeners|size|isEmpty|(?:add|remove)(?:Event)?Listener|log(?:Verbose|Trace|Debug|Info|Notice|Message|Warn(?:ing)?|Error)?|debug|trace|warn(?:Once)?|(?:set|clear)(?:Timeout|Interval|Immediate))$/;
/** What the platform declares and what throws all the same. */
const throwingBuiltIns = /^(?:parse|decodeURI|decodeURIComponent|atob|structuredClone|setItem|send|postMessage|throwIfAborted|call|apply)$/;

/** Of the call itself; a promise that it returns is another matter. */
function exceptionOfCall(model: ProgramModel, event: CallEvent): Likelihood | undefined {
  const { compiler } = model;
  if (event.isGetter || compiler.isPropertyAccessExpression(event.node)) return undefined;
  if (compiler.isTaggedTemplateExpression(event.node)) return 'possible';
  if (compiler.isNewExpression(event.node)) return parsesArgument(model, event.node) ? 'possible' : undefined;
  const operation = event.reference === undefined ? model.locks.classifyCall(event.node) : undefined;
  if (operation !== undefined) return operation.kind === 'acquire' && !operation.asynchronous ? 'possible' : undefined;
  const callee = skipOuter(compiler, event.reference ?? event.node.expression);
  if (isHarmless(model, callee) || cellAccess(model, event.node) !== undefined || isForLog(model, event.node)) return undefined;
  if (isResolver(model, callee)) return undefined;
  const known = model.calleeOfExpression(callee, 'full');
  if (known !== undefined && known.body !== undefined) {
    if (isAsync(compiler, known) || isGenerator(known)) return undefined;
    return raises(model, known) ? 'possible' : undefined;
  }
  const name = compiler.isIdentifier(callee) ? callee : compiler.isPropertyAccessExpression(callee) ? callee.name : undefined;
  if (name !== undefined && model.questions.libraryMember(name) !== undefined) return throwingBuiltIns.test(name.text) ? 'possible' : undefined;
  // a function that gives a promise reports failures through it, unless it is somebody's callback
  if (event.reference === undefined && !isCallback(model, callee) && model.questions.isPromise(event.node)) return undefined;
  return 'possible';
}

/** `new URL(text)` throws at what it cannot read; other constructors seldom throw. */
function parsesArgument({ compiler }: ProgramModel, { expression, arguments: list }: ts.NewExpression): boolean {
  const [first] = list ?? [];
  return /^(?:URL|RegExp)$/.test(expression.getText()) && first !== undefined && !compiler.isLiteralExpression(first);
}

/** Whether the callee is called for its effect on a log or a clock, or computes something that cannot fail. */
export function isHarmless(model: ProgramModel, callee: ts.Expression): boolean {
  const { compiler } = model;
  if (compiler.isIdentifier(callee)) return harmlessFunctions.test(callee.text);
  if (!compiler.isPropertyAccessExpression(callee)) return false;
  const receiver = skipOuter(compiler, callee.expression);
  const name = compiler.isIdentifier(receiver) ? receiver.text : compiler.isPropertyAccessExpression(receiver) ? receiver.name.text : '';
  return harmlessReceivers.test(name) || harmlessFunctions.test(callee.name.text);
}

/** `logger.error('it failed', toError(error))`: what makes a text of a failure for a log takes any. */
function isForLog(model: ProgramModel, call: ts.CallExpression): boolean {
  const { compiler } = model;
  const { parent, child } = outerParent(compiler, call);
  if (!compiler.isCallExpression(parent) || parent.expression === child || !isHarmless(model, parent.expression)) return false;
  // of what is handed to `JSON.parse` or to work the log says nothing
  return call.arguments.length === 1 && isCaught(model, call.arguments[0]);
}

/** The failure itself: the parameter of a handler of rejections, or the variable of a `catch`. */
function isCaught(model: ProgramModel, argument: ts.Expression | undefined): boolean {
  const { compiler } = model;
  const declaration = argument !== undefined && compiler.isIdentifier(argument) ? model.file(argument).scopes.resolve(argument)?.declaration : undefined;
  if (declaration === undefined) return false;
  if (compiler.isVariableDeclaration(declaration)) return compiler.isCatchClause(declaration.parent);
  if (!compiler.isParameter(declaration) || declaration.parent.parameters[0] !== declaration) return false;
  const { parent: chain, child } = outerParent(compiler, declaration.parent);
  if (!compiler.isCallExpression(chain) || !compiler.isPropertyAccessExpression(chain.expression)) return false;
  const { text } = chain.expression.name;
  return (text === 'catch' && chain.arguments[0] === child) || (text === 'then' && chain.arguments[1] === child);
}

/** `resolve` and `reject` of `new Promise((resolve, reject) => …)`. */
function isResolver(model: ProgramModel, callee: ts.Expression): boolean {
  const { compiler } = model;
  if (!compiler.isIdentifier(callee)) return false;
  const declaration = model.file(callee).scopes.resolve(callee)?.declaration;
  if (declaration === undefined || !compiler.isParameter(declaration)) return false;
  const { parent } = declaration.parent;
  return compiler.isNewExpression(parent) && parent.expression.getText() === 'Promise';
}

/** A function that arrives as a value: a parameter, a variable or a property of function type. */
function isCallback(model: ProgramModel, callee: ts.Expression): boolean {
  const { compiler } = model;
  if (compiler.isIdentifier(callee)) {
    const binding = model.file(callee).scopes.resolve(callee);
    return binding?.kind === 'parameter' || binding?.kind === 'variable';
  }
  if (!compiler.isPropertyAccessExpression(callee)) return true;
  const declaration = model.questions.symbolAt(callee.name)?.valueDeclaration;
  if (declaration === undefined) return false;
  return compiler.isPropertySignature(declaration) || compiler.isPropertyDeclaration(declaration) || compiler.isParameter(declaration);
}
