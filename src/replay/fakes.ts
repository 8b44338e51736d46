/** What stands in a replay for the code's collaborators: arguments, functions of modules, and what only the person can supply. */
import type { Shape } from '../types/shapes.js';
import { memberPath } from './collaborators.js';
import type { ParameterPlan, Replay, ReplacedFunction, TextOptions } from './replay.js';
import { camel, capital, member, quote, safe, wrap } from './spelling.js';

/** Lines of the parts of the file; filled while the calls are written. */
export interface Parts {
  readonly types: Map<string, string>;
  readonly holes: Map<string, string>;
  readonly values: Map<string, string>;
  /** What is handed in when the subject is made, and what its calls are given. */
  readonly locals: { readonly made: Map<string, string>; readonly called: Map<string, string> };
  /** Some call has to fail, and only the person knows which. */
  readonly hasFailure: boolean;
}

export function hole(parts: Parts, name: string, comment: string, signature: string): void {
  const lines = wrap(`SUPPLY ${name}. ${comment}`, '').map((line) => `// ${line}`);
  parts.holes.set(name, [...lines, `const ${name} = ${signature} => supply('${name}');`].join('\n'));
}

/** What the parameter belongs to: the making of the subject, or a call of it by a task. */
export type Taker = 'maker' | 'A' | 'B';

/** The expression that stands for the parameter in a call; what it needs is added to the parts. */
export function argument(parts: Parts, { name, shape }: ParameterPlan, type: string, suffix: string, taker: Taker): string {
  const { made, called } = parts.locals;
  // what only the person can make need not be the same for both; a fake is
  const isMade = taker !== 'maker' && made.has(safe(name));
  if (isMade && shape.kind !== 'value' && shape.kind !== 'open') return safe(name);
  const own = safe(`${name}${isMade && suffix === '' && shape.kind === 'open' ? taker : suffix}`);
  const locals = taker === 'maker' ? made : called;
  if (shape.kind === 'value') {
    const text = shape.of === 'string' ? quote(suffix === '' ? name : `${name} of ${suffix}`) : shape.of === 'number' ? (suffix === 'B' ? '8' : '7') : undefined;
    if (text === undefined) return shape.expression;
    parts.values.set(own, `const ${own} = ${text};`);
    return own;
  }
  const alias = shape.kind === 'function' ? capital(name) : (shape.name ?? capital(name));
  const typeName = aliasFor(parts, alias, type);
  if (shape.kind === 'open' || (shape.kind === 'function' && !shape.isAsync)) {
    const maker = `make${capital(own)}`;
    hole(parts, maker, `What to hand in as \`${name}\`.`, `(tasks: Tasks${taker === 'maker' ? '' : ', subject: Subject'}): ${typeName}`);
    locals.set(own, `const ${own} = ${maker}(tasks${taker === 'maker' ? '' : ', subject'});`);
    return own;
  }
  locals.set(own, `const ${own} = ${fake(parts, name, shape, typeName, '  ')};`);
  return own;
}

function aliasFor(parts: Parts, wanted: string, type: string): string {
  const isFree = (name: string): boolean => !['Module', 'Subject', 'World', 'Tasks', 'TaskName', 'WaitingCall', 'Seen'].includes(name) && [undefined, type].includes(parts.types.get(name));
  const name = [wanted, `${wanted}Given`, `${wanted}Given2`, `${wanted}Given3`].find(isFree) ?? wanted;
  parts.types.set(name, type);
  return name;
}

/** The expression of a fake, with gates in place of its asynchronous functions. */
function fake(parts: Parts, path: string, shape: Shape, type: string, indent: string): string {
  if (shape.kind === 'function') return shape.isAsync ? gate(parts, path, shape.result, type) : functionHole(parts, path, shape.result, type);
  if (shape.kind === 'value') return shape.of === 'string' ? quote(path) : shape.expression;
  if (shape.kind === 'open') {
    const maker = `make${capital(camel(path))}`;
    hole(parts, maker, `What to hand in as \`${path}\`.`, `(): ${type}`);
    return `${maker}()`;
  }
  const members = shape.members.filter((each) => !each.isOptional || (each.shape.kind === 'function' && each.shape.isAsync));
  const lines = members.map(
    (each) => `${indent}  ${each.name}: ${fake(parts, `${path}.${each.name}`, each.shape, `NonNullable<${type}['${each.name}']>`, `${indent}  `)},`,
  );
  return ['{', ...lines, `${indent}} as unknown as ${type}`].join('\n');
}

function gate(parts: Parts, path: string, result: Shape, type: string): string {
  return `tasks.gate<${type}>(${quote(path)}, ${answer(parts, path, result, type)})`;
}

function answer(parts: Parts, path: string, result: Shape, type: string): string {
  if (result.kind === 'value' && !parts.hasFailure) {
    if (result.of === 'string') return '(label) => label';
    if (result.of === 'number') return '(_label, _given, serial) => serial';
    if (result.of === 'nothing') return '() => undefined';
    if (result.expression === 'true') {
      const name = `${camel(path)}Answer`;
      parts.values.set(name, `const ${name} = true;`);
      return `() => ${name}`;
    }
    if (/^[\w'"]+$/.test(result.expression)) return `() => ${result.expression}`;
  }
  const name = `${camel(path)}Result`;
  hole(
    parts,
    name,
    `What a call of \`${path}\` resolves to; \`label\` differs from call to call, and the value has to tell it. Throw for a call that fails.`,
    `(label: string, given: Parameters<${type}>): Awaited<ReturnType<${type}>>`,
  );
  return name;
}

function functionHole(parts: Parts, path: string, result: Shape, type: string): string {
  if (result.kind === 'value') return `() => ${result.of === 'string' ? quote(path) : result.expression}`;
  const name = `${camel(path)}Result`;
  hole(parts, name, `What a call of \`${path}\` returns.`, `(): ReturnType<${type}>`);
  return name;
}

export function replacement(parts: Parts, replaced: ReplacedFunction, replay: Replay, options: TextOptions): { mock: string; local: string } {
  const { module, holder, name, result } = replaced;
  if (module === undefined) {
    return { mock: '', local: `vi.stubGlobal(${quote(name)}, ${gate(parts, name, result, `typeof ${name}`)});` };
  }
  const path = module.isFile ? options.importPath(resolved(replay.module, module.name)) : module.name;
  if (holder.length > 0) {
    const owner = holder.map(member).join('');
    const [first = '', second] = holder;
    const exported = `(typeof import('${path}'))[${quote(first)}]`;
    const type = second === 'prototype' ? `InstanceType<${exported}>` : [exported, ...holder.slice(1).map((part) => `[${quote(part)}]`)].join('');
    const method = aliasFor(parts, capital(camel(memberPath(replaced))), `${type}[${quote(name)}]`);
    return { mock: '', local: `Object.assign((await import('${path}'))${owner}, { ${name}: ${gate(parts, memberPath(replaced), result, method)} });` };
  }
  const alias = aliasFor(parts, capital(name), `typeof import('${path}')[${quote(name)}]`);
  const held = `replaced${capital(name)}`;
  const stub = `${name}: (...given: Parameters<${alias}>) => ${held}(...given)`;
  return {
    mock: [
      `let ${held}: ${alias};`,
      `vi.mock(${quote(path)}, async (original) => {`,
      `  const actual = await original<{ default?: object }>();`,
      `  const stub = { ${stub} };`,
      `  return { ...actual, ...('default' in actual ? { default: { ...actual.default, ...stub } } : {}), ...stub };`,
      `});`,
    ].join('\n'),
    local: `${held} = ${gate(parts, name, result, alias)};`,
  };
}

/** The file that a module imports by a relative path, without regard to what its ending is on disk. */
function resolved(from: string, specifier: string): string {
  const segments = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') segments.pop();
    else if (part !== '.') segments.push(part);
  }
  return segments.join('/');
}
