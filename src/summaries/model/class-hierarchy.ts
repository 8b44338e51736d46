/**
 * Who implements what: the classes of the program that a class extends, and the functions that stand behind a member of an
 * interface or an abstract class. Implementations are looked up by the name of the interface or class; the checker is asked
 * only whether the name means the same.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { functionDeclaredBy, type FunctionNode, propertyNameText } from '../../syntax/functions.js';
import type { Questions } from '../../types/questions.js';

export interface ClassHierarchy {
  /** The classes of the program that the class extends, nearest first. */
  basesOf(owner: ts.ClassLikeDeclaration): readonly ts.ClassLikeDeclaration[];
  /** What runs for a member without a body, where one class of the program alone implements it. */
  soleImplementation(member: ts.Node): FunctionNode | undefined;
  /** What may run for a member without a body: that of a further signature, or else its implementations in the classes of the program. */
  implementationsOf(member: ts.Node): readonly FunctionNode[];
  /** The methods of that name in the classes of the program that implement the interface, also where it declares a field that holds a function. */
  methodsFor(member: ts.TypeElement): readonly FunctionNode[];
  /** What runs in the stead of a method with a body, where the object is of a class that extends its class. */
  overridesOf(method: FunctionNode): readonly FunctionNode[];
}

/** Bases and derived classes are followed this far. */
const maximumDepth = 4;

export function createClassHierarchy(compiler: Compiler, program: ts.Program, questions: Questions): ClassHierarchy {
  let heirs: ReadonlyMap<string, readonly Heir[]> | undefined;
  const implementations = new WeakMap<ts.Node, readonly FunctionNode[]>();

  const declarationsOf = (type: ts.ExpressionWithTypeArguments): readonly ts.Declaration[] => {
    const name = compiler.isPropertyAccessExpression(type.expression) ? type.expression.name : type.expression;
    const symbol = compiler.isIdentifier(name) ? questions.symbolAt(name) : undefined;
    return symbol === undefined ? [] : (questions.aliasedSymbol(symbol).declarations ?? []);
  };

  const basesOf = (owner: ts.ClassLikeDeclaration): readonly ts.ClassLikeDeclaration[] => {
    const bases: ts.ClassLikeDeclaration[] = [];
    for (let current: ts.ClassLikeDeclaration | undefined = owner; current !== undefined && bases.length < maximumDepth; ) {
      const type: ts.ExpressionWithTypeArguments | undefined = current.heritageClauses?.find(({ token }) => token === compiler.SyntaxKind.ExtendsKeyword)?.types[0];
      const base: ts.ClassLikeDeclaration | undefined = type === undefined ? undefined : declarationsOf(type).find((each) => compiler.isClassLike(each));
      if (base === undefined || base.getSourceFile().isDeclarationFile || bases.includes(base)) break;
      bases.push(base);
      current = base;
    }
    return bases;
  };

  const implementationsOf = (member: ts.Node): readonly FunctionNode[] => {
    let known = implementations.get(member);
    if (known === undefined) implementations.set(member, (known = compute(member)));
    return known;
  };

  const soleImplementation = (member: ts.Node): FunctionNode | undefined => {
    const [only, ...others] = implementationsOf(member);
    return others.length === 0 ? only : undefined;
  };

  const compute = (member: ts.Node): readonly FunctionNode[] => {
    if (!compiler.isTypeElement(member) && !compiler.isClassElement(member)) return [];
    const name = propertyNameText(compiler, member.name);
    const owner = member.parent;
    if (name === undefined || (!compiler.isInterfaceDeclaration(owner) && !compiler.isClassLike(owner))) return [];
    // one of several signatures of a method: its body stands with the last of them
    const own = compiler.isClassLike(owner) ? bodyIn(owner, name) : undefined;
    if (own !== undefined) return [own];
    return [...new Set(implementationsIn(owner, name, 0))];
  };

  const methodsFor = (member: ts.TypeElement): readonly FunctionNode[] => {
    const name = member.name === undefined ? undefined : propertyNameText(compiler, member.name);
    return name === undefined || !compiler.isInterfaceDeclaration(member.parent) ? [] : [...new Set(implementationsIn(member.parent, name, 0))];
  };

  const implementationsIn = (owner: ts.InterfaceDeclaration | ts.ClassLikeDeclaration, name: string, depth: number): FunctionNode[] => {
    if (owner.name === undefined || depth > maximumDepth) return [];
    heirs ??= collectHeirs(compiler, program);
    return (heirs.get(owner.name.text) ?? []).flatMap(({ node, type }) => {
      if (!declarationsOf(type).includes(owner)) return [];
      const body = compiler.isClassLike(node) ? bodyIn(node, name) : undefined;
      return body === undefined ? implementationsIn(node, name, depth + 1) : [body];
    });
  };

  const overrides = new WeakMap<ts.Node, readonly FunctionNode[]>();
  const overridesOf = (method: FunctionNode): readonly FunctionNode[] => {
    if (!compiler.isMethodDeclaration(method) || !compiler.isClassDeclaration(method.parent)) return [];
    let known = overrides.get(method);
    const name = propertyNameText(compiler, method.name);
    // what begins with `#` is nobody else's
    if (known === undefined) overrides.set(method, (known = name === undefined || compiler.isPrivateIdentifier(method.name) ? [] : [...new Set(implementationsIn(method.parent, name, 0))]));
    return known;
  };

  const bodyIn = (owner: ts.ClassLikeDeclaration, name: string): FunctionNode | undefined => {
    for (const member of owner.members) {
      const body = propertyNameText(compiler, member.name) === name ? functionDeclaredBy(compiler, member) : undefined;
      if (body !== undefined) return body;
    }
    return undefined;
  };

  return { basesOf, soleImplementation, implementationsOf, methodsFor, overridesOf };
}

interface Heir {
  readonly node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration;
  readonly type: ts.ExpressionWithTypeArguments;
}

/** Classes and interfaces of the program's modules by the names of what they extend and implement. */
function collectHeirs(compiler: Compiler, program: ts.Program): ReadonlyMap<string, readonly Heir[]> {
  const heirs = new Map<string, Heir[]>();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile || !/\b(?:implements|extends)\b/.test(file.text)) continue;
    for (const node of file.statements) {
      if (!compiler.isClassDeclaration(node) && !compiler.isInterfaceDeclaration(node)) continue;
      for (const type of node.heritageClauses?.flatMap((clause) => [...clause.types]) ?? []) {
        const name = compiler.isPropertyAccessExpression(type.expression) ? type.expression.name.text : type.expression.getText();
        const known = heirs.get(name);
        if (known === undefined) heirs.set(name, [{ node, type }]);
        else known.push({ node, type });
      }
    }
  }
  return heirs;
}
