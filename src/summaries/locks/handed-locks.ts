/**
 * Locks that objects are handed when they are made: one queue that is given to two classes is one lock, whatever each of them
 * calls it.
 *
 *     const queue = new PQueue({ concurrency: 1 });
 *     export const albums = new Albums(queue, new Thumbnails(queue));
 */
import type { ts } from '../../compiler/compiler.js';
import { type Place, project, rootPlace } from '../../places/place.js';
import { enclosingActivation, skipOuter, thisOwner } from '../../syntax/functions.js';
import { isAssignment } from '../../syntax/tree.js';
import { constructionsOf } from '../actors/confinement.js';
import { declaredConstant } from '../model/declared-values.js';
import { fieldsHandedIn } from '../model/handed-fields.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

/** Objects are looked through this deep: `this.thumbnails.queue`. */
const maximumDepth = 3;

/** The variable of a module that the field of the object certainly is; undefined where objects of the class are handed different ones. */
export function handedPlace(model: ProgramModel, { root, path }: Place): Place | undefined {
  if (root.kind !== 'this' || root.owner === undefined || !model.compiler.isClassDeclaration(root.owner)) return undefined;
  const names: string[] = [];
  for (const step of path.slice(0, maximumDepth)) {
    if (step.kind !== 'field') break;
    names.push(step.name);
    const variable = handedVariable(model, root.owner).of(names);
    if (variable !== undefined) return project(variable, ...path.slice(names.length));
  }
  return undefined;
}

interface HandedVariables {
  /** By the names of the fields that lead there. */
  of(names: readonly string[]): Place | undefined;
}

const handedVariable = memoized((model, owner: ts.ClassDeclaration): HandedVariables => {
  const known = new Map<string, Place | undefined>();
  return {
    of: (names) => {
      const key = names.join('.');
      if (!known.has(key)) {
        // a class that leads back to itself tells nothing
        known.set(key, undefined);
        known.set(key, variableIn(model, owner, names));
      }
      return known.get(key);
    },
  };
});

function variableIn(model: ProgramModel, owner: ts.ClassDeclaration, [name, ...rest]: readonly string[]): Place | undefined {
  const position = name === undefined ? undefined : positionFor(model, owner, name);
  if (position === undefined) return undefined;
  const made = constructionsOf(model, owner) ?? [];
  const [first, ...others] = made.map((construction) => variableAt(model, construction.arguments?.[position], rest));
  return first !== undefined && others.every((other) => other?.key === first.key) ? first : undefined;
}

/** What the argument is: a constant of a module, or the field that an object made of a class was handed in its turn. */
function variableAt(model: ProgramModel, argument: ts.Expression | undefined, rest: readonly string[]): Place | undefined {
  const { compiler, questions } = model;
  if (argument === undefined) return undefined;
  let node = skipOuter(compiler, argument);
  const named = declarationBehind(model, node);
  if (rest.length === 0) return named === undefined ? undefined : rootPlace({ kind: 'variable', binding: named.binding });
  if (named !== undefined) node = named.value;
  const owner = compiler.isNewExpression(node) ? questions.declarationAt(node.expression) : undefined;
  if (owner === undefined || !compiler.isClassDeclaration(owner) || !compiler.isNewExpression(node)) return undefined;
  const [name, ...deeper] = rest;
  const position = name === undefined ? undefined : positionFor(model, owner, name);
  return position === undefined ? undefined : variableAt(model, node.arguments?.[position], deeper);
}

/** The parameter of the constructor that the field holds for good; undefined where another is put there later, `use(queue) { this.queue = queue; }`. */
function positionFor(model: ProgramModel, owner: ts.ClassDeclaration, name: string): number | undefined {
  const { compiler } = model;
  const position = fieldsHandedIn(model, owner).get(name);
  if (position === undefined) return undefined;
  const isReplaced = model.file(owner).mentions(name).some((mention) => {
    const { parent: field } = mention;
    if (!compiler.isPropertyAccessExpression(field) || !isAssignment(compiler, field.parent) || field.parent.left !== field) return false;
    // another class may have a field of the same name
    if (field.expression.kind === compiler.SyntaxKind.ThisKeyword && thisOwner(compiler, field) !== owner) return false;
    const writer = enclosingActivation(compiler, field);
    return !compiler.isConstructorDeclaration(writer) || writer.parent !== owner;
  });
  return isReplaced ? undefined : position;
}

/** The constant of a module that the name stands for, in this file or in one that it is imported from. */
function declarationBehind(model: ProgramModel, node: ts.Expression): ReturnType<typeof declaredConstant> {
  const { compiler, questions } = model;
  if (!compiler.isIdentifier(node)) return undefined;
  const binding = model.file(node).scopes.resolve(node);
  const declaration = binding?.kind === 'import' ? questions.declarationAt(node) : binding?.declaration;
  if (declaration === undefined || !compiler.isVariableDeclaration(declaration) || declaration.getSourceFile().isDeclarationFile) return undefined;
  const constant = declaredConstant(model, declaration.name);
  return constant !== undefined && compiler.isSourceFile(constant.binding.owner) ? constant : undefined;
}
