/** Members of hand-written locks that only ask: `isLocked()`, `get locked()`, `waitForUnlock()`. */
import type { ModelMember } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import { propertyNameText } from '../syntax/functions.js';
import type { LockShapeNode } from './shape-members.js';

const queryName = /^(?:is)?_?(?:locked|busy|held|acquired|taken|lockedfor|readlocked|writelocked)$/i;
const waitName = /^(?:wait(?:For|Until|Till)(?:Unlock(?:ed)?|Free|Released?|Available|Lock)|whenUnlocked|whenFree)$/;

/** The questions that the class, interface or object answers about its state, by member. */
export function shapeQueries(compiler: Compiler, node: LockShapeNode): Record<string, ModelMember> {
  const found: Record<string, ModelMember> = {};
  const elements: readonly ts.Node[] = compiler.isObjectLiteralExpression(node) ? node.properties : node.members;
  for (const element of elements) {
    const isCalled = compiler.isMethodDeclaration(element) || compiler.isMethodSignature(element);
    if (!isCalled && !compiler.isGetAccessorDeclaration(element) && !compiler.isPropertySignature(element)) continue;
    const name = propertyNameText(compiler, element.name);
    if (name === undefined) continue;
    const key = isCalled && element.parameters.length === 1 ? { key: 0 } : {};
    if (queryName.test(name)) found[name] = isCalled ? { does: 'query', ...key } : { does: 'query', property: true };
    else if (isCalled && waitName.test(name)) found[name] = { does: 'wait', ...key };
  }
  return found;
}
