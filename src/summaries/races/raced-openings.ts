/**
 * What is opened after its time: `const db = await Promise.race([open(), late(5000)])` beside a `db.close()`. Who gives up goes on without
 * it; the opening goes on as well, and what comes of it nobody closes.
 *
 * That whoever takes it closes it shows that it is his to close. Right is to close what comes too late: `opening.then((db) => db.close())`.
 */
import { eventsOf, type Graph } from '../../cfg/graph.js';
import type { ts } from '../../compiler/compiler.js';
import type { CallEvent } from '../../events/event.js';
import { type FunctionNode, isFunctionNode, outerParent, skipOuter } from '../../syntax/functions.js';
import { isWithin, writtenText } from '../../syntax/tree.js';
import { isShared } from '../actors/sharing.js';
import { isEndName, isStopName } from '../effects/endings.js';
import { endsOf } from '../effects/held-ends.js';
import { activationsNaming } from '../effects/mutations.js';
import { variableGiven } from '../model/named-values.js';
import { memoized, type ProgramModel } from '../model/program-model.js';

export interface RacedOpening {
  /** What is given up: the call that opens. */
  readonly opening: ts.CallExpression;
  /** Where the time limit is set against it: the race, or the call of the helper that races. */
  readonly race: ts.Node;
  /** What holds the one that is opened in time. */
  readonly name: string;
  /** Where that one is ended. */
  readonly end: ts.Node;
}

export function racedOpenings(model: ProgramModel, graph: Graph): readonly RacedOpening[] {
  if (!graph.hasSuspension || model.compiler.isSourceFile(graph.owner)) return [];
  return eventsOf(graph).flatMap((event): readonly RacedOpening[] => {
    if (event.kind !== 'call' || !model.compiler.isCallExpression(event.node)) return [];
    const opening = openingIn(model, event, event.node);
    const owned = opening === undefined || isToldOfTheEnd(opening) ? undefined : ownedAs(model, graph, event.node);
    return opening === undefined || owned === undefined || isKeptByCallee(model, opening, owned.end) ? [] : [{ opening, race: event.node, ...owned }];
  });
}

/** The call that a time limit is set against, and whose promise nobody else has. */
function openingIn(model: ProgramModel, event: CallEvent, node: ts.CallExpression): ts.CallExpression | undefined {
  const { compiler } = model;
  const raced = racedIn(model, node);
  if (raced !== undefined) return raced.map((each) => skipOuter(compiler, each)).find((each): each is ts.CallExpression => compiler.isCallExpression(each) && !isLimit(model, each));
  const callee = node.arguments.length === 0 ? undefined : model.callee(event, 'syntactic');
  const index = callee === undefined ? undefined : limitedParameter(model, callee);
  const given = index === undefined ? undefined : node.arguments[index];
  const plain = given === undefined ? undefined : skipOuter(compiler, given);
  return plain !== undefined && compiler.isCallExpression(plain) ? plain : undefined;
}

/** What is raced in `Promise.race([…])` against a timer. */
function racedIn(model: ProgramModel, node: ts.CallExpression): readonly ts.Expression[] | undefined {
  const { compiler } = model;
  const { expression } = node;
  if (!compiler.isPropertyAccessExpression(expression) || expression.name.text !== 'race' || expression.expression.getText() !== 'Promise') return undefined;
  const given = node.arguments[0] === undefined ? undefined : skipOuter(compiler, node.arguments[0]);
  if (given === undefined || !compiler.isArrayLiteralExpression(given)) return undefined;
  const { elements } = given;
  return elements.some((each) => isLimit(model, each)) ? elements.filter((each) => !isLimit(model, each)) : undefined;
}

/** A promise that a timer settles: made here, or by a helper that does nothing else. */
function isLimit(model: ProgramModel, node: ts.Expression): boolean {
  const { compiler } = model;
  const plain = skipOuter(compiler, node);
  const setsTimer = (text: string): boolean => /\bsetTimeout\(/.test(text);
  if (compiler.isNewExpression(plain)) return plain.expression.getText() === 'Promise' && setsTimer(plain.getText());
  if (!compiler.isCallExpression(plain)) return false;
  const callee = model.calleeOfExpression(skipOuter(compiler, plain.expression), 'syntactic');
  return callee !== undefined && setsTimer(writtenText(callee)) && !/\brace\(/.test(writtenText(callee));
}

/** `const withLimit = (work) => Promise.race([work, late])`: which parameter is raced, and used for nothing else. */
const limitedParameter = memoized((model, callee: FunctionNode): number | undefined => {
  const { compiler } = model;
  if (callee.body === undefined || !/\brace\(/.test(writtenText(callee))) return undefined;
  const find = (node: ts.Node): readonly ts.Expression[] | undefined =>
    (compiler.isCallExpression(node) ? racedIn(model, node) : undefined) ?? (isFunctionNode(compiler, node) && node !== callee ? undefined : compiler.forEachChild(node, find));
  const raced = find(callee) ?? [];
  const index = callee.parameters.findIndex(({ name }) => raced.some((each) => compiler.isIdentifier(each) && compiler.isIdentifier(name) && each.text === name.text));
  const name = callee.parameters[index]?.name;
  if (name === undefined || !compiler.isIdentifier(name)) return undefined;
  // the parameter itself and the race; whoever names it once more may close what comes late
  return model.file(callee).mentions(name.text).filter((mention) => isWithin(mention, callee)).length === 2 ? index : undefined;
});

/** The opening is handed a signal by which it is given up itself. */
function isToldOfTheEnd(opening: ts.CallExpression): boolean {
  return opening.arguments.some((argument) => /signal|abort|cancel/i.test(argument.getText()));
}

/** `return (this.opening ??= open())`: what comes too late is where the next one asks for it. */
function isKeptByCallee(model: ProgramModel, opening: ts.CallExpression, end: ts.Node): boolean {
  const { compiler, questions } = model;
  const callee = model.calleeOfExpression(skipOuter(compiler, opening.expression), 'full');
  const graph = callee === undefined ? undefined : model.graph(callee);
  const member = compiler.isCallExpression(end) && compiler.isPropertyAccessExpression(end.expression) ? end.expression.name.text : undefined;
  const isOpened = (node: ts.Node): boolean => questions.isPromise(node) || (member !== undefined && questions.hasMember(node, member));
  return graph !== undefined && eventsOf(graph).some((event) => event.kind === 'write' && event.value !== undefined && isShared(model, graph, event.place) && isOpened(event.value.node));
}

/** The local, field or variable that gets what wins, where its owner ends it. */
function ownedAs(model: ProgramModel, graph: Graph, race: ts.CallExpression): Pick<RacedOpening, 'name' | 'end'> | undefined {
  const { compiler } = model;
  const { parent: wait } = outerParent(compiler, race);
  if (!compiler.isAwaitExpression(wait)) return undefined;
  const { parent } = outerParent(compiler, wait);
  const local = variableGiven(model, wait);
  if (local !== undefined) {
    const { name: text } = local;
    const end = eventsOf(graph).find((event) => event.kind === 'call' && (isEndName(event.name) || isStopName(event.name)) && event.receiver?.node.getText() === text);
    return end === undefined ? undefined : { name: text, end: end.node };
  }
  if (!compiler.isBinaryExpression(parent)) return undefined;
  const place = model.file(parent).places.placeOf(parent.left);
  if (place === undefined) return undefined;
  for (const activation of activationsNaming(model, place)) {
    const [end] = model.compiler.isSourceFile(activation) ? [] : endsOf(model, model.graph(activation), place);
    if (end !== undefined) return { name: place.text, end: end.call.node };
  }
  return undefined;
}
