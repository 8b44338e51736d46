/**
 * Places that a function looks up for its callers: what `this.session(id)` gives is `this.sessions[id]`, if the method does
 * no more than find it, or make it and put it there.
 */
import type { Compiler, ts } from '../../compiler/compiler.js';
import { type Place, project, type Projection, rootPlace, variableKey } from '../../places/place.js';
import type { GivenPlace, PlaceResolver } from '../../places/resolve.js';
import { isNullish } from '../../syntax/constants.js';
import { functionDeclaredBy, type FunctionNode, isAsync, isGenerator, returnedBy, thisOwner } from '../../syntax/functions.js';
import type { FileModel } from './file-model.js';

/**
 * What a call of a function of the same file gives, in the caller's terms. What is found is kept as long as the resolver of the file's
 * places: what an import stands for depends on the program.
 */
export function createLookups(compiler: Compiler, file: FileModel): GivenPlace {
  const given = new Map<FunctionNode, Place | undefined>();

  /** In the function's own terms: the one place that all it returns names. */
  const placeGivenBy = (places: PlaceResolver, callee: FunctionNode): Place | undefined => {
    if (given.has(callee)) return given.get(callee);
    given.set(callee, undefined); // ends the circles of functions that return each other's results
    const place = findPlace(compiler, file, places, callee);
    given.set(callee, place);
    return place;
  };

  return (call, places) => {
    const callee = calleeInFile(compiler, file, call);
    const place = callee === undefined ? undefined : placeGivenBy(places, callee);
    if (callee === undefined || place === undefined) return undefined;
    if (place.root.kind === 'this' && place.root.owner !== thisOwner(compiler, call)) return undefined;
    const parameters = parameterKeys(compiler, file, callee);
    const path: Projection[] = [];
    for (const projection of place.path) {
      const index = projection.kind === 'element' && projection.key !== undefined ? parameters.indexOf(projection.key) : -1;
      if (index >= 0 && call.arguments[index] === undefined) return undefined;
      path.push(index < 0 ? projection : places.element(call.arguments[index]));
    }
    return project(rootPlace(place.root), ...path);
  };
}

function calleeInFile(compiler: Compiler, file: FileModel, { expression }: ts.CallExpression): FunctionNode | undefined {
  if (compiler.isIdentifier(expression)) {
    const binding = file.scopes.resolve(expression);
    return binding === undefined || binding.assignments.length > 0 ? undefined : functionDeclaredBy(compiler, binding.declaration);
  }
  if (!compiler.isPropertyAccessExpression(expression) || expression.expression.kind !== compiler.SyntaxKind.ThisKeyword) return undefined;
  const owner = thisOwner(compiler, expression.expression);
  const member = owner === undefined ? undefined : file.memberOf(owner, expression.name.text);
  return member === undefined ? undefined : functionDeclaredBy(compiler, member);
}

function findPlace(compiler: Compiler, file: FileModel, places: PlaceResolver, callee: FunctionNode): Place | undefined {
  if (isAsync(compiler, callee) || isGenerator(callee)) return undefined;
  const returned = returnedBy(compiler, callee).filter((expression) => !isNullish(compiler, expression));
  const [first, ...others] = returned.map((expression) => places.placeOf(expression));
  if (first === undefined || first.path.length === 0 || others.some((other) => other?.key !== first.key)) return undefined;
  if (first.root.kind === 'global' || (first.root.kind === 'variable' && first.root.binding.owner === callee)) return undefined;
  const parameters = parameterKeys(compiler, file, callee);
  const isKnownToCallers = first.path.every(
    (projection) => projection.kind === 'field' || projection.key === undefined || parameters.includes(projection.key) || !namesVariable.test(projection.key),
  );
  return isKnownToCallers ? first : undefined;
}

/** A key that is made of variables, or of which nothing is known. */
const namesVariable = /^\?|(?<!\w)v\d+(?!\d)/;

/** The keys by which places name the function's parameters. */
function parameterKeys(compiler: Compiler, { scopes }: FileModel, { parameters }: FunctionNode): readonly (string | undefined)[] {
  return parameters.map(({ name, dotDotDotToken }) => {
    const binding = compiler.isIdentifier(name) && dotDotDotToken === undefined ? scopes.resolve(name) : undefined;
    return binding === undefined || binding.assignments.length > 0 ? undefined : variableKey(binding);
  });
}
