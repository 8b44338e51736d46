/**
 * Tells which calls acquire, release or run under a lock.
 *
 * Cheap first. Once per program the models are narrowed to the packages that the program imports or loads; their verbs
 * make a text test for files and a test of names for calls. Only a call that passes both costs questions.
 */
import { catalogue } from '../catalogue/catalogue.js';
import type { LockModel } from '../catalogue/schema.js';
import type { Compiler, ts } from '../compiler/compiler.js';
import type { EngineSettings } from '../config.js';
import { type FunctionNode, skipOuter } from '../syntax/functions.js';
import { createConstructions } from './constructions.js';
import { enclosingSection } from './enclosures.js';
import { forwardedTo, mayForwardStatement } from './forwarded-statements.js';
import { createHandedIn } from './handed-in.js';
import { type FileImports, importsOf } from './imports.js';
import { globalPackage, localPackage, ModelIndex, ownMember } from './model-index.js';
import type { EnclosingSection, LockMatcher, LockOperation, QueryOperation } from './operation.js';
import { operationOf } from './operations.js';
import { isRelativeSpecifier, packageOfFile, packageOfSpecifier, withoutNodeScheme } from './packages.js';
import { leaseKeyOf } from './store-leases.js';
import { createLockResolver, type KnownLock, type LockQuestions } from './resolve.js';
import { calledName, Vocabulary } from './vocabulary.js';

export type { LockQuestions } from './resolve.js';

/** Makes the matcher of one program, whose files must be bound. The user's models come before the catalogue's. */
export function createLockMatcher(
  compiler: Compiler,
  program: ts.Program,
  settings: EngineSettings,
  questions: LockQuestions,
): LockMatcher {
  const ownFiles = program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile && packageOfFile(file.fileName) === undefined);
  const index = new ModelIndex(liveModels(compiler, program, ownFiles, [...(settings.locks ?? []), ...catalogue]));
  const verbs = new Vocabulary(compiler, index, ownFiles);
  const resolver = createLockResolver(compiler, program, index, questions, createHandedIn(compiler, ownFiles));
  const constructions = createConstructions(compiler, questions);
  const operations = new WeakMap<ts.CallExpression, LockOperation | 'none'>();
  const sections = new WeakMap<FunctionNode, EnclosingSection | 'none'>();
  const reads = new WeakMap<ts.PropertyAccessExpression, QueryOperation | 'none'>();
  const lockFiles = new WeakMap<ts.SourceFile, boolean>();

  const classify = (call: ts.CallExpression): LockOperation | undefined => {
    const callee = skipOuter(compiler, call.expression);
    const imports = importsOf(compiler, call.getSourceFile());
    if (verbs.mayCallModuleFunction(callee, imports)) {
      const found = resolver.moduleFunctionOf(callee);
      if (found !== undefined) {
        const { model, member, lockExport } = found;
        const memberName = calledName(compiler, callee) ?? '';
        const name = model.package;
        return operationOf(compiler, {
          call, memberName, member, lockExport, lock: undefined, lockName: name, model: name, permits: undefined, failure: undefined, reentrant: lockExport.reentrant,
        });
      }
    }
    const name = calledName(compiler, callee);
    if (name === undefined) return compiler.isCallExpression(callee) ? ofMadeLock(call, callee, imports) : undefined;
    const forwarding = mayForwardStatement(compiler, call) ? resolver.functionOf(callee) : undefined;
    const query = forwarding === undefined ? undefined : forwardedTo(compiler, call, forwarding);
    const connection = query === undefined ? undefined : resolver.lockOf(query.expression);
    if (query !== undefined && connection !== undefined) return operation(call, connection, query.name.text, query.expression);
    if (compiler.isIdentifier(callee) && verbs.mayCallOwnFunction(name, imports)) {
      const own = resolver.ownFunctionOf(callee);
      if (own !== undefined) {
        const lockExport = { name: own.lock, members: {}, ...(own.isPool ? { kind: 'resource' as const } : {}) };
        return operationOf(compiler, {
          call, memberName: own.name, member: own.member, lockExport, lock: undefined, lockName: own.lock, model: 'shape',
          permits: undefined, failure: undefined, reentrant: undefined,
        });
      }
    }
    if (compiler.isPropertyAccessExpression(callee) && verbs.mayBeLease(name)) {
      const key = leaseKeyOf(compiler, call);
      const store = key === undefined ? undefined : resolver.lockOf(callee.expression);
      if (key !== undefined && store !== undefined) return operation(call, store, name, callee.expression, key);
    }
    if (compiler.isPropertyAccessExpression(callee) && verbs.mayBeMember(name)) {
      const part = skipOuter(compiler, callee.expression);
      if (compiler.isPropertyAccessExpression(part) && verbs.mayBeMember(`${part.name.text}.${name}`)) {
        const whole = resolver.lockOf(part.expression);
        if (whole !== undefined) return operation(call, whole, `${part.name.text}.${name}`, part.expression);
      }
      const known = resolver.lockOf(callee.expression);
      if (known !== undefined) return operation(call, known, name, callee.expression);
    }
    if (!verbs.mayCallLock(name, imports)) return undefined;
    const known = resolver.lockOf(callee);
    return known === undefined ? undefined : operation(call, known, '()', callee);
  };

  /** `this.limiter(key)(task)` */
  const ofMadeLock = (call: ts.CallExpression, making: ts.CallExpression, imports: FileImports): LockOperation | undefined => {
    const maker = calledName(compiler, skipOuter(compiler, making.expression));
    const known = maker !== undefined && verbs.mayMakeCallable(maker, imports) ? resolver.lockOf(making) : undefined;
    return known === undefined ? undefined : operation(call, known, '()', making);
  };

  const operation = (call: ts.CallExpression, known: KnownLock, memberName: string, receiver: ts.Expression, key?: ts.Expression): LockOperation | undefined => {
    const { lockExport, model, failure, isImmediate } = known;
    const member = ownMember(lockExport, memberName);
    if (member === undefined) return undefined;
    const permits = constructions.permitsOf(known);
    const lockName = model === 'shape' ? lockExport.name : model;
    const reentrant = constructions.reentrancyOf(known);
    const weight = constructions.weightOf(member, call);
    const matched = { call, memberName, member, lockExport, lock: unwrapped(receiver), lockName, model, permits, weight, failure, reentrant, isImmediate, key };
    return operationOf(compiler, matched);
  };

  const readOf = (access: ts.PropertyAccessExpression): QueryOperation | undefined => {
    if (!verbs.mayBeProperty(access.name.text)) return undefined;
    const known = resolver.lockOf(access.expression);
    const member = known === undefined ? undefined : ownMember(known.lockExport, access.name.text);
    if (known === undefined || member?.does !== 'query' || member.property !== true) return undefined;
    const model = known.model;
    const lockName = model === 'shape' ? known.lockExport.name : model;
    return { kind: 'query', node: access, lock: unwrapped(access.expression), lockName, key: undefined, model };
  };

  /** The lock itself where the receiver wraps it on the spot: `tryAcquire(this.mutex).acquire()`. */
  const unwrapped = (receiver: ts.Expression): ts.Expression => {
    const node = skipOuter(compiler, receiver);
    const inner = compiler.isCallExpression(node) ? resolver.wrappedLock(node) : undefined;
    return inner === undefined ? receiver : unwrapped(inner);
  };

  const createsLock = (expression: ts.Expression): boolean => {
    const node = skipOuter(compiler, expression);
    if (!compiler.isNewExpression(node) && !compiler.isCallExpression(node)) return false;
    const inner = compiler.isCallExpression(node) ? resolver.wrappedLock(node) : undefined;
    if (inner !== undefined) return createsLock(inner);
    const known = resolver.lockOf(node);
    return known?.construction === node && known.lockExport.identity !== 'name';
  };

  const classifyCall = (call: ts.CallExpression): LockOperation | undefined => {
    const before = operations.get(call);
    if (before !== undefined) return before === 'none' ? undefined : before;
    const found = classify(call);
    operations.set(call, found ?? 'none');
    return found;
  };

  const enclosures = { ...resolver, ...constructions, classifyCall };

  return {
    classifyCall,
    sectionAround: (node) => {
      if (!verbs.mayBeEnclosed(node)) return undefined;
      const before = sections.get(node);
      if (before !== undefined) return before === 'none' ? undefined : before;
      const found = enclosingSection(compiler, index, enclosures, node);
      sections.set(node, found ?? 'none');
      return found;
    },
    classifyRead: (access) => {
      const before = reads.get(access);
      if (before !== undefined) return before === 'none' ? undefined : before;
      const found = readOf(access);
      reads.set(access, found ?? 'none');
      return found;
    },
    mayContainShortSections: (file) => verbs.mayBeShort(file.text),
    mayContainLocks: (file) => {
      let may = lockFiles.get(file);
      if (may === undefined) lockFiles.set(file, (may = verbs.occursIn(file.text)));
      return may;
    },
    createsLock,
  };
}

/** The models that the program can use at all. */
function liveModels(
  compiler: Compiler,
  program: ts.Program,
  ownFiles: readonly ts.SourceFile[],
  models: readonly LockModel[],
): LockModel[] {
  const packages = new Set<string>();
  for (const file of program.getSourceFiles()) {
    const name = packageOfFile(file.fileName);
    if (name !== undefined) packages.add(name);
  }
  for (const file of ownFiles) {
    for (const specifier of importsOf(compiler, file).specifiers) {
      if (isRelativeSpecifier(specifier)) continue;
      const name = withoutNodeScheme(specifier);
      packages.add(name);
      packages.add(packageOfSpecifier(name));
    }
  }
  return models.filter((model) => {
    if (model.package === localPackage || isRelativeSpecifier(model.package)) return true;
    if (model.package !== globalPackage) return packages.has(packageOfSpecifier(withoutNodeScheme(model.package)));
    const words = model.exports.flatMap(({ kind, name, paths, members }) =>
      kind === 'resource' ? Object.keys(members) : [name, ...(paths ?? []).map((path) => path.split('.').at(-1) ?? path)],
    );
    return ownFiles.some((file) => words.some((word) => file.text.includes(word)));
  });
}
