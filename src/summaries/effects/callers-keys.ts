/** Keys of a callee in the words of its caller: of `mutexes[key]` the one that the caller hands over. */
import type { ts } from '../../compiler/compiler.js';
import { type Projection, pureCallMark, variableKey } from '../../places/place.js';
import type { FunctionNode } from '../../syntax/functions.js';
import type { ProgramModel } from '../model/program-model.js';

export interface GivenArguments {
  readonly callee: FunctionNode;
  readonly passed: readonly ts.Node[];
  /** Tells the call from others: a key that only the callee knows is another one in each call. */
  readonly at: string;
}

/** A key that is the callee's parameter becomes the caller's argument; one that only the callee knows is no other's. */
export function stepFromCaller(model: ProgramModel, step: Projection, given: GivenArguments): Projection {
  if (step.kind !== 'element' || step.key === undefined) return step;
  const { compiler } = model;
  const { callee, passed, at } = given;
  const index = callee.parameters.findIndex((parameter) => {
    if (!compiler.isIdentifier(parameter.name)) return false;
    const binding = model.file(callee).scopes.resolve(parameter.name);
    return binding !== undefined && step.key === variableKey(binding);
  });
  const argument = passed[index];
  if (argument !== undefined && compiler.isExpression(argument)) return model.file(argument).places.element(argument);
  if (isLocalKey(model, callee, step.key)) return { ...step, key: `${step.key}@${at}` };
  return withArguments(model, step, step.key, given);
}

/** What is put together or computed from parameters, or is a member of one, such as `room:${id}`, `keyOf(id)` and `job.id`, with what the caller passes in their place. */
function withArguments(model: ProgramModel, step: Projection & { readonly kind: 'element' }, key: string, { callee, passed }: GivenArguments): Projection {
  if (!key.includes('${') && !key.includes(pureCallMark) && !/^(?:\[|v\d+[.[])/.test(key)) return step;
  const { compiler } = model;
  const { scopes } = model.file(callee);
  const keys = new Map<string, string>();
  const texts = new Map<string, string>();
  const member = /^(v\d+)\.([\w$]+)$/.exec(key);
  callee.parameters.forEach(({ name }, index) => {
    const binding = compiler.isIdentifier(name) ? scopes.resolve(name) : undefined;
    const argument = passed[index];
    if (binding === undefined || argument === undefined || !compiler.isExpression(argument)) return;
    const { places } = model.file(argument);
    const element = places.element(argument);
    const made = member?.[1] === variableKey(binding) ? places.memberKey(argument, member[2] ?? '') : undefined;
    if (made !== undefined) keys.set(key, made);
    if (element.kind === 'field') keys.set(variableKey(binding), JSON.stringify(element.name));
    else if (element.kind === 'element' && element.key !== undefined && !element.key.startsWith('?')) keys.set(variableKey(binding), element.key);
    texts.set(binding.name, argument.getText());
  });
  if (keys.size === 0) return step;
  const whole = keys.get(key);
  if (whole !== undefined) return { ...step, key: whole };
  return {
    ...step,
    key: key.replace(/(?<!\w)v\d+(?!\d)/g, (variable) => keys.get(variable) ?? variable),
    text: withTexts(step.text, texts),
  };
}

/** What a template says beside its `${…}` is no name. */
function withTexts(text: string, texts: ReadonlyMap<string, string>): string {
  const named = (part: string): string => part.replace(/[A-Za-z_$][\w$]*/g, (name) => texts.get(name) ?? name);
  return text.startsWith('`') ? text.replace(/\$\{[^}]*\}/g, named) : named(text);
}

/** Each call of a function has its own locals. */
function isLocalKey(model: ProgramModel, callee: FunctionNode, key: string): boolean {
  if (key.includes('@')) return true; // a local of a deeper callee
  const ids = new Set([...key.matchAll(/(?<!\w)v(\d+)(?!\d)/g)].map((match) => Number(match[1])));
  return ids.size > 0 && [...model.graph(callee).definitions.keys()].some((binding) => ids.has(binding.id));
}
