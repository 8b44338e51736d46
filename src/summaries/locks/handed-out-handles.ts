/**
 * Handles that an activation gives to its caller and ends itself on the way out: what `using` declares is disposed of at the end of its
 * block, and what a `finally` closes is closed when the caller gets it.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { ReturnEvent } from '../../events/event.js';
import { enclosingActivation, isUsing, skipOuter } from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import { isShareName } from '../effects/endings.js';
import type { ProgramModel } from '../model/program-model.js';

export interface HandedOut {
  readonly use: ReturnEvent;
  readonly text: string;
  /** The declaration with `using`, or the call in the `finally`. */
  readonly ended: ts.Node;
  readonly isUsing: boolean;
}

export function handedOutHandles(model: ProgramModel, graph: Graph): readonly HandedOut[] {
  const { compiler } = model;
  const found: HandedOut[] = [];
  const seen = new Set<ts.Node>();
  for (const event of eventsOf(graph)) {
    if (event.kind !== 'return' || event.value === undefined || seen.has(event.node) || !compiler.isExpression(event.value.node)) continue;
    seen.add(event.node);
    for (const name of givenNames(model, event.value.node)) {
      const binding = model.file(name).scopes.resolve(name);
      if (binding?.kind !== 'variable' || enclosingActivation(compiler, binding.declaration) !== enclosingActivation(compiler, name)) continue;
      const isDeclared = isDisposed(model, binding);
      const ended = isDeclared ? binding.declaration : endInFinally(model, graph, event.node, binding);
      // a name or a number is still good when what goes by it is given back: `return key`, and `locks.release(key)`
      if (ended !== undefined && (isDeclared || !model.questions.isPlainValue(name))) found.push({ use: event, text: name.text, ended, isUsing: isDeclared });
    }
  }
  return found;
}

/** The locals that the expression gives as they are, alone or in a literal: `file`, `{ file, size }`, `[file]`. */
function givenNames({ compiler }: ProgramModel, expression: ts.Expression): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const work: ts.Expression[] = [expression];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const node = skipOuter(compiler, next);
    if (compiler.isIdentifier(node)) found.push(node);
    else if (compiler.isAwaitExpression(node)) work.push(node.expression);
    else if (compiler.isConditionalExpression(node)) work.push(node.whenTrue, node.whenFalse);
    else if (compiler.isArrayLiteralExpression(node)) work.push(...node.elements);
    else if (compiler.isObjectLiteralExpression(node)) {
      for (const property of node.properties) {
        if (compiler.isShorthandPropertyAssignment(property)) found.push(property.name);
        else if (compiler.isPropertyAssignment(property)) work.push(property.initializer);
      }
    }
  }
  return found;
}

function isDisposed({ compiler }: ProgramModel, { declaration }: Binding): boolean {
  return compiler.isVariableDeclaration(declaration) && compiler.isVariableDeclarationList(declaration.parent) && isUsing(compiler, declaration.parent);
}

/** Methods after which nothing can be had from their receiver; a stream that has ended can still be read. */
const finalEnds = /^(?:close|destroy|dispose|disconnect|free|release|terminate)(?:Async|Sync)?$/;

/** The call, in a `finally` around the return and on every way through it, that ends the local or gives it back to its pool. */
function endInFinally(model: ProgramModel, graph: Graph, leave: ts.Node, binding: Binding): ts.Node | undefined {
  const { compiler } = model;
  for (let node = leave; node.parent !== undefined && !compiler.isSourceFile(node.parent) && node.parent !== graph.owner; node = node.parent) {
    const { parent } = node;
    if (!compiler.isTryStatement(parent) || parent.finallyBlock === undefined || parent.finallyBlock === node) continue;
    for (const statement of parent.finallyBlock.statements) {
      const call = compiler.isExpressionStatement(statement) ? awaited(model, statement.expression) : undefined;
      if (call !== undefined && ends(model, call, binding) && !isRetained(graph, binding)) return call;
    }
  }
  return undefined;
}

function awaited({ compiler }: ProgramModel, expression: ts.Expression): ts.CallExpression | undefined {
  const node = skipOuter(compiler, expression);
  const inner = compiler.isAwaitExpression(node) ? skipOuter(compiler, node.expression) : node;
  return compiler.isCallExpression(inner) ? inner : undefined;
}

function ends(model: ProgramModel, call: ts.CallExpression, binding: Binding): boolean {
  const { compiler } = model;
  if (!compiler.isPropertyAccessExpression(call.expression) || !finalEnds.test(call.expression.name.text) || call.arguments.length > 1) return false;
  const [subject = call.expression.expression] = call.arguments;
  const node = skipOuter(compiler, subject);
  return compiler.isIdentifier(node) && model.file(node).scopes.resolve(node) === binding;
}

/** The activation has taken a share for its caller. */
function isRetained(graph: Graph, binding: Binding): boolean {
  return eventsOf(graph).some(
    (event) => event.kind === 'call' && isShareName(event.name) && event.receiver?.sources.some((source) => source.kind === 'use' && source.binding === binding) === true,
  );
}
