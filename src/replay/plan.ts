/** From a finding to its replay: which calls the two tasks are, what holds them, and what correct code leaves behind. */
import type { ts } from '../compiler/compiler.js';
import type { Finding, Span, Step } from '../findings/finding.js';
import { rivalDeeds } from '../findings/messages/words.js';
import type { ProgramModel } from '../summaries/model/program-model.js';
import { summarize } from '../summaries/effects/summary.js';
import {
  displayName,
  enclosingActivation,
  functionDeclaredBy,
  type FunctionNode,
  isFunctionNode,
  isGenerator,
  isHiddenMember,
  propertyNameText,
  returnedBy,
} from '../syntax/functions.js';
import { isInCatch } from '../syntax/tree.js';
import { type Shape, shapeAt } from '../types/shapes.js';
import { memberPath, replacedMembers } from './collaborators.js';
import { type Entry, entryOf, exportedName, isRefusal, type Refusal, type Subject } from './entry.js';
import {
  consumerGate,
  type Hold,
  type Look,
  type ParameterPlan,
  type Replay,
  type Scenario,
  type SubjectPlan,
  type TaskPlan,
} from './replay.js';
import { type Awaited, awaitedAt, type ForeignCall, gateNames, replacedFunctions } from './suspensions.js';

/** A lock with several permits hangs when the last is gone; more than any pool in practice. */
const attemptsOnPermits = 100;

/** The replay of the finding, or the reason why a test cannot make it happen. */
export function planReplay(model: ProgramModel, finding: Finding): Replay | Refusal {
  const node = functionOfA(model, finding);
  if (node === undefined) return { refusal: 'it happens while the module is loaded; there is no call to hold' };
  const found = entryOf(model, node);
  if (isRefusal(found)) return { refusal: `${found.refusal}; call it through a function that the module exports` };
  const entry = finding.rule === 'no-overlapping-interval' ? { ...found, tick: found.tick ?? node } : found;

  const subject = subjectPlan(model, entry.subject);
  const other = otherEntry(model, finding, entry);
  const a = taskPlan(model, entry, finding);
  const b = other === undefined ? { ...a, member: undefined, given: [] } : taskPlan(model, other, finding);
  const functions = [node, entry.node, ...(other === undefined ? [] : [other.node])];
  const handedIn = [...gateNames([...subject.given, ...a.given, ...b.given]), ...(a.isGenerator || b.isGenerator ? [consumerGate] : [])];
  let replaced = replacedFunctions(model, functions);
  const gates = (): string[] => [...handedIn, ...replaced.map(memberPath)];
  let scenario = scenarioOf(model, finding, gates(), [entry, other ?? entry]);
  if (isRefusal(scenario)) {
    const members = replacedMembers(model, functions.flatMap((each) => awaitedAt(model, each, gates()).foreign));
    if (members.length > 0) {
      replaced = [...replaced, ...members];
      scenario = scenarioOf(model, finding, gates(), [entry, other ?? entry]);
    }
  }
  if (isRefusal(scenario)) return scenario;
  const bSteps = finding.steps.filter(({ task }) => task === 'B');
  return {
    finding,
    module: entry.node.getSourceFile().fileName.replaceAll('\\', '/'),
    subject,
    tasks: { A: a, B: b },
    openB: other === undefined && bSteps.length > 0 ? bSteps.map(({ text }) => text).join('; ') : undefined,
    replaced,
    looks: looksAt(model, entry, other),
    arrangement: arrangementOf(model, finding, scenario, entry, other),
    hasFailure: finding.steps.some((step) => step.task === 'A' && isHandlingFailure(model, step)),
    scenario,
  };
}

/** Where A begins: the function of the finding; for a lock that keeps readers out, the reader that waits with it held. */
function functionOfA(model: ProgramModel, finding: Finding): FunctionNode | undefined {
  const [first] = finding.steps;
  if (finding.rule !== 'prefer-read-lock' || first === undefined) return functionAt(model, finding);
  const node = nodeAt(model, first.span);
  const owner = node === undefined || model.compiler.isSourceFile(node) ? undefined : enclosingActivation(model.compiler, node);
  return owner === undefined || model.compiler.isSourceFile(owner) ? undefined : owner;
}

/** The function that the finding names, which may be around the innermost one: callbacks run as part of it. */
function functionAt(model: ProgramModel, finding: Finding): FunctionNode | undefined {
  const node = nodeAt(model, finding.span);
  let innermost: FunctionNode | undefined;
  for (let current = node; current !== undefined && !model.compiler.isSourceFile(current); current = current.parent) {
    if (!isFunctionNode(model.compiler, current)) continue;
    innermost ??= current;
    if (displayName(model.compiler, current) === finding.function) return current;
  }
  return innermost;
}

/** The outermost node with exactly this span, or the innermost around it. */
function nodeAt(model: ProgramModel, span: Span): ts.Node | undefined {
  const file = model.program.getSourceFile(span.file);
  let found: ts.Node | undefined = file;
  const visit = (node: ts.Node): void => {
    if (file === undefined || node.getStart(file) > span.start || node.getEnd() < span.end) return;
    const isExact = found !== undefined && found !== file && found.getStart(file) === span.start && found.getEnd() === span.end;
    if (!isExact) found = node;
    model.compiler.forEachChild(node, visit);
  };
  if (file !== undefined) model.compiler.forEachChild(file, visit);
  return found;
}

/** The call that is task B: of a function that B's steps lie in, on the same subject. */
function otherEntry(model: ProgramModel, finding: Finding, entry: Entry): Entry | undefined {
  const { compiler } = model;
  const steps = finding.steps.filter(({ task }) => task === 'B');
  if (steps.length === 0) return entry;
  const isAgain = steps.some(({ text }) => / again\b/.test(text));
  if (isAgain) return entry;
  if (finding.rule === 'no-use-after-release' && isOnlooker(steps)) return undefined;
  for (const { span } of steps) {
    const node = nodeAt(model, span);
    if (node === undefined || compiler.isSourceFile(node)) continue;
    const owner = isFunctionNode(compiler, node) ? node : enclosingActivation(compiler, node);
    if (compiler.isSourceFile(owner)) continue;
    const found = entryOf(model, owner);
    if (isRefusal(found) || found.subject.maker !== entry.subject.maker || found.member === undefined) continue;
    // a cycle names a stranger who asks for the lock at A's own place
    return found.node === entry.node && finding.rule === 'no-lock-cycle' ? undefined : found;
  }
  return undefined;
}

/** B only looks what A has left behind, and is no call that the program makes. */
function isOnlooker(steps: readonly Step[]): boolean {
  return steps.length > 0 && steps.every(({ task, role }) => task === 'A' || role === 'check') && steps.some(({ task }) => task === 'B');
}

function subjectPlan(model: ProgramModel, subject: Subject): SubjectPlan {
  const { compiler } = model;
  const plan = { kind: subject.kind, exported: subject.kind === 'module' ? '' : subject.exported, isAsync: subject.kind === 'factory' && subject.isAsync };
  if (subject.kind === 'factory') return { ...plan, given: parameters(model, subject.maker.parameters, undefined) };
  if (subject.kind !== 'instance') return { ...plan, given: [] };
  const constructor = subject.maker.members.find((member) => compiler.isConstructorDeclaration(member) && member.body !== undefined);
  return { ...plan, given: constructor !== undefined && compiler.isConstructorDeclaration(constructor) ? parameters(model, constructor.parameters, undefined) : [] };
}

function taskPlan(model: ProgramModel, entry: Entry, finding: Finding): TaskPlan {
  return { member: entry.member, given: parameters(model, entry.node.parameters, finding), isTick: entry.tick !== undefined, isGenerator: isGenerator(entry.node) };
}

/** The parameters up to the last one that has to be given. */
function parameters(model: ProgramModel, declared: readonly ts.ParameterDeclaration[], finding: Finding | undefined): ParameterPlan[] {
  const { compiler, program } = model;
  const own = declared.filter(({ name }) => !compiler.isIdentifier(name) || name.text !== 'this');
  const plans = own.map((parameter, index): ParameterPlan & { isNeeded: boolean } => {
    const name = compiler.isIdentifier(parameter.name) ? parameter.name.text : `given${index + 1}`;
    const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined;
    const shape: Shape = shapeAt(compiler, program, parameter);
    const isKey = finding !== undefined && (finding.rule === 'no-check-then-act' || finding.place.includes(`[${name}]`));
    return { name, index, shape, isKey, isNeeded: !isOptional || gateNames([{ name, index, shape, isKey }]).length > 0 };
  });
  return plans.slice(0, plans.findLastIndex(({ isNeeded }) => isNeeded) + 1).map(({ name, index, shape, isKey }) => ({ name, index, shape, isKey }));
}

function scenarioOf(model: ProgramModel, finding: Finding, gates: readonly string[], entries: readonly Entry[]): Scenario | Refusal {
  const { rule, effect, steps } = finding;
  const hasB = steps.some(({ task }) => task === 'B');
  if (rule === 'no-lock-cycle' || !hasB) return { kind: 'end', hasB, isConsumed: gates.includes(consumerGate) };
  if (rule === 'prefer-read-lock') return readersScenario(model, finding, gates);
  if (rule === 'no-use-after-release' && isOnlooker(steps)) return { kind: 'failure', how: 'leaves', gates: [], isJoined: false, times: 1 };
  if (rule === 'require-finally-release' || (rule === 'no-poisoned-promise-cache' && effect === 'broken-resource')) {
    return failureScenario(model, finding, gates, entries);
  }
  const hold = holdOf(model, finding, gates);
  if (isRefusal(hold)) return hold;
  if (rule === 'no-poisoned-promise-cache' && entries[0] !== undefined) {
    const reached = hold.at === 'gate' ? hold.gates : [...awaitedAt(model, entries[0].node, gates).gates];
    if (reached.length > 0) return { kind: 'succession', gates: reached };
  }
  const suspensionB = steps.find(({ task, role }) => task === 'B' && role === 'suspend');
  return {
    kind: 'overlap',
    turns: turnsOf(finding),
    hold,
    holdB: suspensionB === undefined ? undefined : [...gatesAt(model, [suspensionB.span, finding.span], gates).gates],
    countsCalls: entries.every((entry) => tellsNothing(model, entry)),
  };
}

/** The orders in which tasks that do not disturb each other may seem to have run. */
function turnsOf({ rule, steps }: Finding): readonly ('AB' | 'BA')[] {
  const says = (words: string): boolean => steps.some(({ task, text }) => task === 'B' && text.includes(words));
  // what A replaces is nowhere to be found any more: B's change is in what A leaves, or lost
  if (says(rivalDeeds.changes)) return ['BA'];
  const isOrdered = rule === 'no-lock-escape' || rule === 'no-stale-write' || rule === 'no-floating-lock' || says(rivalDeeds.renews);
  return isOrdered ? ['AB'] : ['AB', 'BA'];
}

function readersScenario(model: ProgramModel, { steps }: Finding, gates: readonly string[]): Scenario | Refusal {
  const suspension = steps.find(({ task, role }) => task === 'A' && role === 'suspend');
  if (suspension === undefined) return { refusal: 'no reader waits with the lock held: they keep each other out for some microtasks only' };
  const reached = gatesAt(model, [suspension.span], gates);
  return reached.gates.size > 0 ? { kind: 'readers', gates: [...reached.gates] } : unheld(suspension, reached.foreign);
}

function failureScenario(model: ProgramModel, { steps }: Finding, gates: readonly string[], [entry]: readonly Entry[]): Scenario | Refusal {
  const failing = steps.findIndex(({ task, role }) => task === 'A' && (role === 'act' || role === 'suspend'));
  const step = steps[failing];
  if (step === undefined) return { kind: 'failure', how: 'leaves', gates: [], isJoined: false, times: 1 };
  const near = gatesAt(model, [step.span], gates);
  if (near.gates.size === 0 && near.foreign.length > 0) return unheld(step, near.foreign);
  const reached = near.gates.size > 0 || entry === undefined ? near.gates : awaitedAt(model, entry.node, gates).gates;
  const isThrown = / throws/.test(step.text) && !/`await /.test(step.text);
  const permits = steps.some(({ text }) => text.includes('permit'));
  const firstB = steps.findIndex(({ task }) => task === 'B');
  return {
    kind: 'failure',
    how: / aborts\b/.test(step.text) ? 'aborts' : reached.size === 0 ? 'leaves' : isThrown ? 'throws' : 'rejects',
    gates: [...reached],
    isJoined: firstB !== -1 && firstB < failing,
    times: permits ? attemptsOnPermits : 1,
  };
}

/** Where A is when B runs: at its last suspension before B's first step, or where it acts if that is what it waits for. */
function holdOf(model: ProgramModel, finding: Finding, gates: readonly string[]): Hold | Refusal {
  const { steps } = finding;
  const before = steps.slice(0, steps.findIndex(({ task }) => task === 'B'));
  const suspension = before.findLast(({ role }) => role === 'suspend');
  const acting = finding.rule === 'no-check-then-act' ? [finding.span] : [];
  const reached = gatesAt(model, [...(suspension === undefined ? [] : [suspension.span]), ...acting], gates);
  // a promise that was made before, such as that of work under way
  const earlier = reached.gates.size > 0 ? reached : gatesAt(model, before.map(({ span }) => span), gates);
  if (earlier.gates.size > 0) return { at: 'gate', gates: [...earlier.gates] };
  if (suspension === undefined) return { at: 'end' };
  return reached.foreign.length > 0 ? unheld(suspension, reached.foreign) : { at: 'microtask' };
}

/** The fakes that are waited for at any of these places. */
function gatesAt(model: ProgramModel, spans: readonly Span[], gates: readonly string[]): Awaited {
  const found = spans.flatMap((span) => {
    const node = nodeAt(model, span);
    return node === undefined || model.compiler.isSourceFile(node) ? [] : [awaitedAt(model, node, gates)];
  });
  return { gates: new Set(found.flatMap((each) => [...each.gates])), foreign: found.flatMap(({ foreign }) => foreign) };
}

function isHandlingFailure(model: ProgramModel, { span }: Step): boolean {
  const node = nodeAt(model, span);
  return node !== undefined && isInCatch(model.compiler, node);
}

function unheld({ span }: Step, foreign: readonly ForeignCall[]): Refusal {
  const text = foreign[0]?.call.getText().replaceAll(/\s+/g, ' ') ?? 'something';
  return {
    refusal: `line ${span.line} waits for \`${text}\`, which nobody hands in: a test cannot hold it there; give it to the constructor, or as a parameter`,
  };
}

/** Whether the call gives its caller nothing that differs from one outcome to the other. */
function tellsNothing(model: ProgramModel, { node, tick }: Entry): boolean {
  if (tick !== undefined) return true;
  const shape = shapeAt(model.compiler, model.program, model.compiler.isFunctionDeclaration(node) && node.name !== undefined ? node.name : node);
  return shape.kind === 'function' && shape.result.kind === 'value' && (shape.result.of === 'nothing' || shape.result.expression === 'true');
}

/** Getters, public fields and functions without parameters that only look. */
function looksAt(model: ProgramModel, entry: Entry, other: Entry | undefined): Look[] {
  const { compiler } = model;
  const { maker } = entry.subject;
  const taken = new Set([entry.member, other?.member]);
  const isLook = (node: FunctionNode): boolean => {
    if (node.parameters.length > 0 || returnedBy(compiler, node).length === 0) return false;
    const { writes, isComplete } = summarize(model, node);
    return writes.length === 0 && (isComplete || returnedBy(compiler, node).length === 1);
  };
  if (compiler.isClassLike(maker)) {
    if (entry.subject.kind === 'class') return [];
    return maker.members.flatMap((member): Look[] => {
      const name = propertyNameText(compiler, member.name);
      if (name === undefined || taken.has(name) || isHiddenMember(compiler, member)) return [];
      if (compiler.isGetAccessorDeclaration(member)) return [{ member: name, isCall: false }];
      if (compiler.isPropertyDeclaration(member)) return functionDeclaredBy(compiler, member) === undefined ? [{ member: name, isCall: false }] : [];
      return compiler.isMethodDeclaration(member) && member.body !== undefined && isLook(member) ? [{ member: name, isCall: true }] : [];
    });
  }
  const functions = model.file(maker).functions;
  if (compiler.isSourceFile(maker)) {
    return functions.flatMap((node) => {
      const name = compiler.isFunctionDeclaration(node) ? exportedName(compiler, node) : undefined;
      return name !== undefined && name !== 'default' && !taken.has(name) && isLook(node) ? [{ member: name, isCall: true }] : [];
    });
  }
  return functions.flatMap((node) => {
    if (node === maker || enclosingActivation(compiler, node) !== maker || !isLook(node)) return [];
    const found = entryOf(model, node);
    if (isRefusal(found) || found.subject.maker !== maker || found.node !== node || found.member === undefined || taken.has(found.member)) return [];
    return [{ member: found.member, isCall: true }];
  });
}

/** What has to be there first. What races for something that is missing may start from nothing. */
function arrangementOf(
  model: ProgramModel,
  { place, rule, effect, steps }: Finding,
  scenario: Scenario,
  entry: Entry,
  other: Entry | undefined,
): Replay['arrangement'] {
  if (scenario.kind === 'failure' || steps.length === 0) return undefined;
  const isNeeded =
    scenario.kind === 'overlap' &&
    (rule !== 'no-check-then-act' || effect === 'broken-resource') &&
    rule !== 'no-ineffective-lock' &&
    rule !== 'no-overlapping-interval';
  const isConsumed = scenario.kind === 'end' && scenario.isConsumed;
  return isNeeded || changesState(model, entry, isConsumed ? undefined : other) ? { what: `\`${place}\` as it is before the race`, isNeeded } : undefined;
}

/** Whether a call of the subject that is neither task writes something. */
function changesState(model: ProgramModel, entry: Entry, other: Entry | undefined): boolean {
  const { compiler } = model;
  const { maker } = entry.subject;
  return model.file(maker).functions.some((node) => {
    if (node === entry.node || node === other?.node || node === maker || compiler.isConstructorDeclaration(node)) return false;
    const isMember = node.parent === maker || enclosingActivation(compiler, node) === maker;
    if (!isMember || summarize(model, node).writes.length === 0) return false;
    const found = entryOf(model, node);
    return !isRefusal(found) && found.node === node && found.subject.maker === maker;
  });
}
