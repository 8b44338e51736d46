/** Callbacks in the style of Node: handed over last, called once with an error or nothing before the answer. */
import type { Compiler, ts } from '../compiler/compiler.js';
import { isFunctionLiteral, skipOuter } from './functions.js';

/** Finds such a callback in a text where its parameters are in parentheses: a file in which none is found is not searched. */
export const errorFirstWords = /[,(]\s*(?:function\b[^(]*)?\(\s*_?(?:e|er|err|error)\s*[,:?)]/i;

const errorName = /^_?(?:e|er|err|error)$/i;

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
  // a handler of failures alone gets no answer
  const isAnswered = callback.parameters.length > 1 || call.arguments.length > 1;
  return isAnswered && !keepers.test(name) ? callback : undefined;
}
