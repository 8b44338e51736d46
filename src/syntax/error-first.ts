/** Callbacks in the style of Node: handed over last, called once with an error or nothing before the answer. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isNullish } from './constants.js';
import { isFunctionLiteral, outerParent, skipOuter } from './functions.js';

/** Finds such a callback in a text where its parameters are in parentheses: a file in which none is found is not searched. */
export const errorFirstWords = /[,(]\s*(?:function\b[^(]*)?\(\s*(?:_?(?:e|er|ex|exception|failed|failure)|\w*err(?:or)?)\d?\s*[,:?)]/i;

const errorName = /^_?(?:e|er|err|error|ex|exception|failed|failure)\d?$|[a-z](?:Err|Error)\d?$/i;

/** Callees that keep the callback and call it for each event or request, and links of promise chains. */
const keepers = /^(?:on|once|off|then|catch|use|all|handle|subscribe|listen|watch|setErrorHandler|addListener|addEventListener|prependListener|removeListener|onError|onerror|each|forEach|test|it|describe|before|after)$/;

/** The callback that the call gets last: `fs.readFile(path, (error, text) => …)`. */
export function errorFirstCallback(compiler: Compiler, call: ts.CallExpression): ts.ArrowFunction | ts.FunctionExpression | undefined {
  const last = call.arguments.at(-1);
  const callback = last === undefined ? undefined : skipOuter(compiler, last);
  if (callback === undefined || !isFunctionLiteral(compiler, callback)) return undefined;
  const [first] = callback.parameters;
  if (first === undefined || !compiler.isIdentifier(first.name) || !errorName.test(first.name.text)) return undefined;
  const { expression } = call;
  const name = compiler.isPropertyAccessExpression(expression) ? expression.name.text : compiler.isIdentifier(expression) ? expression.text : '';
  // a handler of failures alone gets no answer, and does not ask whether there was one
  const isAnswered = callback.parameters.length > 1 || call.arguments.length > 1 || asksWhether(compiler, callback.body, first.name.text);
  return isAnswered && !keepers.test(name) ? callback : undefined;
}

/** Whether the body asks if there is what the name stands for: `if (error)`, `!error`, `error ? … : …`, `error === null`. */
function asksWhether(compiler: Compiler, body: ts.Node, name: string): boolean {
  const find = (node: ts.Node): boolean => (compiler.isIdentifier(node) && node.text === name && isAsked(compiler, node)) || (compiler.forEachChild(node, (child) => find(child) || undefined) ?? false);
  return find(body);
}

function isAsked(compiler: Compiler, name: ts.Identifier): boolean {
  const { SyntaxKind } = compiler;
  const { parent, child } = outerParent(compiler, name);
  if (compiler.isIfStatement(parent)) return parent.expression === child;
  if (compiler.isConditionalExpression(parent)) return parent.condition === child;
  if (compiler.isPrefixUnaryExpression(parent)) return parent.operator === SyntaxKind.ExclamationToken;
  if (!compiler.isBinaryExpression(parent)) return false;
  const operator = parent.operatorToken.kind;
  if (operator === SyntaxKind.AmpersandAmpersandToken || operator === SyntaxKind.BarBarToken || operator === SyntaxKind.QuestionQuestionToken) return parent.left === child;
  return operator !== SyntaxKind.EqualsToken && isNullish(compiler, parent.left === child ? parent.right : parent.left);
}
