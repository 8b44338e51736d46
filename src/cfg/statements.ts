/** Statements become blocks and edges; the expressions in them are lowered into these. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { lowerCondition, test } from '../events/conditions.js';
import { isTakenAtOnce } from '../events/consumption.js';
import type { ReturnEvent, SourceEvent, SuspendEvent, UseEvent, Value } from '../events/event.js';
import { lowerExpression, readContents } from '../events/expressions.js';
import { keepingCondition } from '../events/kept-conditions.js';
import { combine, type Lowering } from '../events/lowering.js';
import { assignElement, bindPattern, lowerComputedName, withSlot } from '../events/targets.js';
import { variableKey } from '../places/place.js';
import { hasModifier, isAwaitUsing, isFunctionNode, isUsing } from '../syntax/functions.js';
import type { Blocks } from './blocks.js';
import type { Jumps } from './jumps.js';

interface Loop {
  readonly labels: readonly string[];
  /** A `do` loop runs its body once before the test. */
  readonly testsFirst: boolean;
  readonly head: (body: number, end: number) => void;
  readonly body: () => void;
  readonly step?: () => void;
}

export class Statements {
  readonly #compiler: Compiler;
  readonly #lowering: Lowering;
  readonly #blocks: Blocks;
  readonly #jumps: Jumps;

  constructor(lowering: Lowering, blocks: Blocks, jumps: Jumps) {
    this.#compiler = lowering.compiler;
    this.#lowering = lowering;
    this.#blocks = blocks;
    this.#jumps = jumps;
  }

  lowerAll(list: readonly ts.Statement[]): void {
    const compiler = this.#compiler;
    for (const [index, node] of list.entries()) {
      if (compiler.isVariableStatement(node) && isUsing(compiler, node.declarationList)) {
        this.#variableDeclarations(node.declarationList);
        this.#withDisposal(node.declarationList, node, () => this.lowerAll(list.slice(index + 1)));
        return;
      }
      this.#lower(node);
    }
  }

  /** What happens when control reaches a class: names and static parts are evaluated, methods are only made. */
  classLike(node: ts.ClassLikeDeclaration): void {
    const compiler = this.#compiler;
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token === compiler.SyntaxKind.ExtendsKeyword) clause.types.forEach((type) => this.#expression(type.expression));
    }
    for (const member of node.members) {
      lowerComputedName(this.#lowering, member.name);
      if (isFunctionNode(compiler, member) && member.body !== undefined) this.#blocks.emit({ kind: 'closure', node: member });
    }
    for (const member of node.members) {
      if (compiler.isClassStaticBlockDeclaration(member)) this.lowerAll(member.body.statements);
      else if (compiler.isPropertyDeclaration(member) && hasModifier(compiler, member, compiler.SyntaxKind.StaticKeyword) && member.initializer !== undefined) {
        this.#expression(member.initializer);
      }
    }
  }

  #lower(node: ts.Statement, labels: readonly string[] = []): void {
    const compiler = this.#compiler;
    if (compiler.isExpressionStatement(node)) this.#expression(node.expression);
    else if (compiler.isVariableStatement(node)) this.#variableDeclarations(node.declarationList);
    else if (compiler.isBlock(node)) this.lowerAll(node.statements);
    else if (compiler.isLabeledStatement(node)) this.#labeled(node, labels);
    else if (compiler.isIfStatement(node)) this.#if(node);
    else if (compiler.isReturnStatement(node)) this.#return(node);
    else if (compiler.isThrowStatement(node)) {
      const value = this.#expression(node.expression);
      this.#blocks.emit({ kind: 'throw', node, value });
      this.#blocks.goto(this.#blocks.handler());
    } else if (compiler.isTryStatement(node)) this.#try(node);
    else if (compiler.isWhileStatement(node) || compiler.isDoStatement(node)) {
      this.#loop({
        labels,
        testsFirst: compiler.isWhileStatement(node),
        head: (body, end) => lowerCondition(this.#lowering, node.expression, body, end, true),
        body: () => this.#lower(node.statement),
      });
    } else if (compiler.isForStatement(node)) this.#for(node, labels);
    else if (compiler.isForOfStatement(node) || compiler.isForInStatement(node)) this.#forOf(node, labels);
    else if (compiler.isSwitchStatement(node)) this.#switch(node, labels);
    else if (compiler.isBreakStatement(node) || compiler.isContinueStatement(node)) this.#jumps.jump(node.label, compiler.isContinueStatement(node));
    else if (compiler.isExportAssignment(node)) this.#expression(node.expression);
    else if (compiler.isFunctionDeclaration(node)) {
      if (node.body !== undefined) this.#blocks.emit({ kind: 'closure', node });
    } else if (compiler.isClassDeclaration(node)) this.classLike(node);
    else if (compiler.isWithStatement(node)) this.#lower(node.statement);
  }

  #expression(node: ts.Expression): Value {
    return lowerExpression(this.#lowering, node);
  }

  #variableDeclarations(list: ts.VariableDeclarationList): void {
    const lowering = this.#lowering;
    for (const declaration of list.declarations) {
      const { name, initializer } = declaration;
      if (initializer === undefined) continue;
      const binding = this.#compiler.isIdentifier(name) ? lowering.scopes.resolve(name) : undefined;
      const lower = (): Value => this.#expression(initializer);
      const value = binding === undefined ? lower() : withSlot(lowering, binding, () => keepingCondition(lowering, declaration, binding, lower));
      bindPattern(lowering, name, value, declaration);
      if (binding !== undefined && isTakenAtOnce(lowering, initializer)) lowering.named.set(binding, value);
    }
  }

  /** What follows a `using` declaration, and the disposal of what it declares. */
  #withDisposal(list: ts.VariableDeclarationList, node: ts.Node, body: () => void): void {
    const names = list.declarations.map((declaration) => declaration.name);
    const isAwait = isAwaitUsing(this.#compiler, list);
    this.#jumps.tryFinally(body, () => this.#dispose(names, isAwait, node));
  }

  #dispose(names: readonly ts.BindingName[], isAwait: boolean, node: ts.Node): void {
    const { scopes, handles } = this.#lowering;
    for (const name of [...names].reverse()) {
      if (!this.#compiler.isIdentifier(name)) continue;
      const binding = scopes.resolve(name);
      const handle = binding === undefined ? undefined : handles.get(variableKey(binding));
      if (handle !== undefined) {
        this.#blocks.emit({ kind: 'release', node: name, lock: handle.lock, operation: handle.operation, scoped: true });
      } else if (binding !== undefined) this.#blocks.emit<UseEvent>({ kind: 'use', node: name, binding, isDisposal: true });
    }
    if (isAwait) this.#blocks.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'disposal', operand: undefined });
  }

  #if(node: ts.IfStatement): void {
    const blocks = this.#blocks;
    const whenTrue = blocks.createBlock();
    const whenFalse = blocks.createBlock();
    const end = blocks.createBlock();
    lowerCondition(this.#lowering, node.expression, whenTrue, whenFalse, false);
    blocks.moveTo(whenTrue);
    this.#lower(node.thenStatement);
    blocks.goto(end);
    blocks.moveTo(whenFalse);
    if (node.elseStatement !== undefined) this.#lower(node.elseStatement);
    blocks.goto(end);
    blocks.moveTo(end);
  }

  #return(node: ts.ReturnStatement): void {
    const frame = this.#jumps.frame();
    const value = node.expression === undefined ? undefined : this.#expression(node.expression);
    if (value !== undefined) frame?.values.push(value);
    this.#blocks.emit<ReturnEvent>({ kind: 'return', node, value, inlined: frame?.node });
    this.#jumps.return();
  }

  #try({ tryBlock, catchClause, finallyBlock }: ts.TryStatement): void {
    const blocks = this.#blocks;
    const guarded = (): void => {
      if (catchClause === undefined) {
        this.lowerAll(tryBlock.statements);
        return;
      }
      const after = blocks.createBlock();
      const caught = blocks.createBlock();
      blocks.fork(caught, 'throws');
      blocks.withHandler(caught, () => {
        blocks.begin();
        this.lowerAll(tryBlock.statements);
      });
      blocks.goto(after);
      blocks.moveTo(caught);
      if (catchClause.variableDeclaration !== undefined) {
        bindPattern(this.#lowering, catchClause.variableDeclaration.name, undefined, catchClause.variableDeclaration);
      }
      this.lowerAll(catchClause.block.statements);
      blocks.goto(after);
      blocks.moveTo(after);
    };
    if (finallyBlock === undefined) guarded();
    else this.#jumps.tryFinally(guarded, () => this.lowerAll(finallyBlock.statements));
  }

  #loop({ labels, testsFirst, ...parts }: Loop): void {
    const blocks = this.#blocks;
    const head = blocks.createBlock();
    const body = blocks.createBlock();
    const step = blocks.createBlock();
    const end = blocks.createBlock();
    const lowerHead = (): void => {
      blocks.moveTo(head);
      parts.head(body, end);
    };
    blocks.goto(testsFirst ? head : body);
    if (testsFirst) lowerHead();
    blocks.moveTo(body);
    this.#jumps.inTarget({ labels, isPlain: true, breakTo: end, continueTo: step }, parts.body);
    blocks.goto(step);
    blocks.moveTo(step);
    parts.step?.();
    blocks.goto(head);
    if (!testsFirst) lowerHead();
    blocks.moveTo(end);
  }

  #for({ initializer, condition, incrementor, statement }: ts.ForStatement, labels: readonly string[]): void {
    if (initializer !== undefined) {
      if (this.#compiler.isVariableDeclarationList(initializer)) this.#variableDeclarations(initializer);
      else this.#expression(initializer);
    }
    this.#loop({
      labels,
      testsFirst: true,
      head: (body, end) => {
        if (condition === undefined) this.#blocks.goto(body);
        else lowerCondition(this.#lowering, condition, body, end, true);
      },
      body: () => this.#lower(statement),
      step: () => {
        if (incrementor !== undefined) this.#expression(incrementor);
      },
    });
  }

  #forOf(node: ts.ForOfStatement | ts.ForInStatement, labels: readonly string[]): void {
    const compiler = this.#compiler;
    const lowering = this.#lowering;
    const collection = this.#expression(node.expression);
    const isAwait = compiler.isForOfStatement(node) && node.awaitModifier !== undefined;
    let looked: readonly SourceEvent[] = collection.sources;
    this.#loop({
      labels,
      testsFirst: true,
      head: (body, end) => {
        looked = readContents(lowering, node.expression, collection);
        if (isAwait) this.#blocks.emit<SuspendEvent>({ kind: 'suspend', node, reason: 'iteration', operand: collection });
        this.#blocks.fork(body);
        this.#blocks.goto(end);
      },
      body: () => {
        const { initializer, statement } = node;
        const value: Value = { sources: looked, node };
        if (!compiler.isVariableDeclarationList(initializer)) assignElement(lowering, initializer, value, node);
        else for (const declaration of initializer.declarations) bindPattern(lowering, declaration.name, value, declaration);
        if (compiler.isVariableDeclarationList(initializer) && isUsing(compiler, initializer)) {
          this.#withDisposal(initializer, node, () => this.#lower(statement));
        } else {
          this.#lower(statement);
        }
      },
    });
  }

  #switch(node: ts.SwitchStatement, labels: readonly string[]): void {
    const blocks = this.#blocks;
    const subject = this.#expression(node.expression);
    const end = blocks.createBlock();
    const bodies = node.caseBlock.clauses.map(() => blocks.createBlock());
    let fallback = end;
    node.caseBlock.clauses.forEach((clause, index) => {
      const body = bodies[index] ?? end;
      if (this.#compiler.isDefaultClause(clause)) {
        fallback = body;
        return;
      }
      const value = this.#expression(clause.expression);
      const next = blocks.createBlock();
      const combined = { sources: combine(clause, [subject, value]).sources, node: clause };
      test(this.#lowering, clause.expression, combined, { left: subject, right: value }, false, body, next);
      blocks.moveTo(next);
    });
    blocks.goto(fallback);
    this.#jumps.inTarget({ labels, isPlain: true, breakTo: end, continueTo: undefined }, () => {
      node.caseBlock.clauses.forEach((clause, index) => {
        const body = bodies[index];
        if (body === undefined) return;
        blocks.moveTo(body);
        this.lowerAll(clause.statements);
        blocks.goto(bodies[index + 1] ?? end);
      });
    });
    blocks.moveTo(end);
  }

  /** A loop and a `switch` know what their labels mean; anything else can only be left by its label. */
  #labeled({ label, statement }: ts.LabeledStatement, outer: readonly string[]): void {
    const compiler = this.#compiler;
    const labels = [...outer, label.text];
    if (compiler.isLabeledStatement(statement) || compiler.isIterationStatement(statement, false) || compiler.isSwitchStatement(statement)) {
      this.#lower(statement, labels);
      return;
    }
    const end = this.#blocks.createBlock();
    this.#jumps.inTarget({ labels, isPlain: false, breakTo: end, continueTo: undefined }, () => this.#lower(statement));
    this.#blocks.goto(end);
    this.#blocks.moveTo(end);
  }
}
