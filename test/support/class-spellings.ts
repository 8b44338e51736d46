/** The classes that a fixture shows, `…Bad` and `…Ok`, as functions that share variables: those of a module, or of a function that makes an object of them. */
import ts from 'typescript';
import { holds, rewritten } from './rewrites.js';

const { SyntaxKind } = ts;

/** `class Cache { #token; async get() { … } }` as `function Cache() { let token; async function get() { … } return { get }; }`. */
export function asFactories(text: string): string {
  const file = parsed(text);
  const taken = namesIn(file);
  const classes = new Set(plainClasses(file).map(({ pos }) => pos));
  return withoutClasses(text, classes, taken, (node, { own, members }) => {
    const constructor = node.members.find(ts.isConstructorDeclaration);
    const parameters = constructor?.parameters.map((parameter) => declared(parameter)).join(', ') ?? '';
    const renamed = constructor?.parameters.flatMap(({ name }) => (own(name.getText()) === name.getText() ? [] : [` const ${own(name.getText())} = ${name.getText()};`])).join('') ?? '';
    const offered = node.members.filter(isOffered).map((member) => (own(nameOf(member)) === nameOf(member) ? nameOf(member) : `${nameOf(member)}: ${own(nameOf(member))}`));
    return `${isExported(node) ? 'export ' : ''}function ${node.name?.text ?? ''}(${parameters}) {${renamed}${members('')} return { ${offered.join(', ')} }; }`;
  });
}

/** The same as `let token; export async function get() { … }`, for those whose names nothing else in the file has. */
export function asModules(text: string): string {
  const file = parsed(text);
  const taken = namesIn(file);
  const classes = new Set<number>();
  for (const node of plainClasses(file)) {
    const names = node.members.flatMap((member) => (ts.isConstructorDeclaration(member) ? member.parameters.map(({ name }) => name.getText()) : [nameOf(member)]));
    const isWithoutBody = node.members.every((member) => !ts.isConstructorDeclaration(member) || member.body?.statements.length === 0);
    if (!isWithoutBody || names.some((name) => taken.has(name))) continue;
    classes.add(node.pos);
    for (const name of names) taken.add(name);
  }
  return withoutClasses(text, classes, new Set(), (_node, { members }) => members('export '));
}

interface Parts {
  /** What the member is called outside the class. */
  readonly own: (member: string) => string;
  /** The members as declarations; those that others may use begin with the word. */
  readonly members: (word: string) => string;
}

function withoutClasses(text: string, classes: ReadonlySet<number>, taken: ReadonlySet<string>, write: (node: ts.ClassDeclaration, parts: Parts) => string): string {
  const own = (member: string): string => (taken.has(member) ? `${member}_` : member);
  return rewritten(text, (node, emit, file) => {
    if (ts.isPropertyAccessExpression(node) && node.expression.kind === SyntaxKind.ThisKeyword) {
      const owner = ts.findAncestor(node, ts.isClassDeclaration);
      return owner !== undefined && classes.has(owner.pos) ? own(node.name.text.replace('#', '')) : undefined;
    }
    if (!ts.isClassDeclaration(node) || !classes.has(node.pos)) return undefined;
    const member = (element: ts.ClassElement, word: string): string => {
      const begin = isOffered(element) ? word : '';
      if (ts.isConstructorDeclaration(element)) {
        const head = file.text.slice(element.getStart(), element.body?.getStart()).replace(/[^\n]/g, '');
        const handed = word === '' ? '' : element.parameters.map((parameter) => `declare const ${declared(parameter)};`).join(' ');
        return handed + head + (element.body?.statements.length === 0 ? element.body.getText().replace(/[^\n]/g, '') : emit(element.body ?? element));
      }
      if (ts.isMethodDeclaration(element) && element.body !== undefined) {
        const isAsynchronous = element.modifiers?.some(({ kind }) => kind === SyntaxKind.AsyncKeyword) === true;
        const head = `${isAsynchronous ? 'async ' : ''}function${element.asteriskToken === undefined ? '' : '*'} ${own(nameOf(element))}`;
        return `${begin}${head}${file.text.slice(element.name.end, element.body.getStart())}${emit(element.body)}`;
      }
      if (!ts.isPropertyDeclaration(element)) return element.getText();
      const isFixed = element.initializer !== undefined && element.modifiers?.some(({ kind }) => kind === SyntaxKind.ReadonlyKeyword) === true;
      const type = element.type === undefined ? '' : `: ${element.type.getText()}${element.questionToken === undefined ? '' : ' | undefined'}`;
      return `${begin}${isFixed ? 'const' : 'let'} ${own(nameOf(element))}${type}${element.initializer === undefined ? '' : ` = ${emit(element.initializer)}`};`;
    };
    const members = (word: string): string => {
      let position = file.text.indexOf('{', node.name?.end) + 1;
      let result = '';
      for (const element of node.members) {
        result += file.text.slice(position, element.getStart()) + member(element, word);
        position = element.end;
      }
      return result + file.text.slice(position, node.end - 1);
    };
    return write(node, { own, members });
  });
}

const parsed = (text: string): ts.SourceFile => ts.createSourceFile('spelling.ts', text, ts.ScriptTarget.Latest, true);

const nameOf = ({ name }: ts.ClassElement): string => name?.getText().replace('#', '') ?? '';

const isExported = (node: ts.ClassDeclaration): boolean => node.modifiers?.some(({ kind }) => kind === SyntaxKind.ExportKeyword) === true;

/** A method that others may call. */
const isOffered = (member: ts.ClassElement): boolean =>
  ts.isMethodDeclaration(member) && !ts.isPrivateIdentifier(member.name) && member.modifiers?.some(({ kind }) => kind === SyntaxKind.PrivateKeyword) !== true;

/** The parameter without its modifiers. */
const declared = (parameter: ts.ParameterDeclaration): string => parameter.getText().slice(parameter.name.getStart() - parameter.getStart());

/** Names in the file other than those of members. */
function namesIn(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { parent } = node;
    const isMember = ts.isIdentifier(node) && (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isClassElement(parent) || ts.isTypeElement(parent)) && parent.name === node;
    const isHandedIn = ts.isIdentifier(node) && ts.isParameter(parent) && parent.name === node && ts.isConstructorDeclaration(parent.parent);
    if (ts.isIdentifier(node) && !isMember && !isHandedIn) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** Classes that hand out no `this`, have nothing but fields, methods and what they are handed, and are spoken of nowhere else. */
function plainClasses(file: ts.SourceFile): readonly ts.ClassDeclaration[] {
  return file.statements.filter((node): node is ts.ClassDeclaration => {
    if (!ts.isClassDeclaration(node) || node.name === undefined || node.heritageClauses !== undefined || node.typeParameters !== undefined) return false;
    const { text } = node.name;
    if (!/(?:Bad|Ok)$/.test(text) || (file.text.match(new RegExp(`\\b${text}\\b`, 'g'))?.length ?? 0) > 1) return false;
    const isPlainMember = (member: ts.ClassElement): boolean => {
      if (ts.isConstructorDeclaration(member)) return member.parameters.every((parameter) => (parameter.modifiers?.length ?? 0) > 0);
      const isPlainName = member.name !== undefined && (ts.isIdentifier(member.name) || ts.isPrivateIdentifier(member.name));
      return isPlainName && (ts.isPropertyDeclaration(member) || (ts.isMethodDeclaration(member) && member.body !== undefined)) && member.modifiers?.some((modifier) => ts.isDecorator(modifier) || modifier.kind === SyntaxKind.StaticKeyword) !== true;
    };
    const isOwnMember = (part: ts.Node): boolean => part.kind !== SyntaxKind.ThisKeyword || (ts.isPropertyAccessExpression(part.parent) && part.parent.expression === part);
    return node.members.every(isPlainMember) && !holds(node, (part) => !isOwnMember(part) || ts.isFunctionExpression(part));
  });
}
