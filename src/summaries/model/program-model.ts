/**
 * The program as the checks see it: graphs, callees and locks, made on demand and made once.
 *
 * Nothing here decides what is a race. The questions that need several graphs live beside this file, one each:
 * `provenance` (what a value was computed from), `held-locks`, `freshness` (is a check still valid at an act),
 * `summary` (what a call does), `contexts` (who may run a function, holding what).
 */
import { buildGraph } from '../../cfg/build.js';
import { type ControlDependence, computeControlDependence } from '../../cfg/control-dependence.js';
import { emptyGraph, type Graph } from '../../cfg/graph.js';
import type { Compiler, ts } from '../../compiler/compiler.js';
import type { EngineSettings } from '../../config.js';
import type { CallEvent, Event } from '../../events/event.js';
import type { LoweringOracle } from '../../events/lowering.js';
import { importsOf } from '../../locks/imports.js';
import type { LockMatcher } from '../../locks/operation.js';
import { type Place, wholeVariable } from '../../places/place.js';
import { createPlaceResolver, type GivenPlace, type PlaceResolver } from '../../places/resolve.js';
import { collectDeclaredNames } from '../../syntax/declared-names.js';
import {
  type Activation,
  enclosingActivation,
  functionDeclaredBy,
  type FunctionNode,
  isFunctionNode,
  propertyNameText,
  skipOuter,
  type ThisOwner,
  thisOwner,
} from '../../syntax/functions.js';
import type { Binding } from '../../syntax/scopes.js';
import type { Questions } from '../../types/questions.js';
import { callbackBehaviour } from './callback-behaviour.js';
import { type ClassHierarchy, createClassHierarchy } from './class-hierarchy.js';
import { createDeclaredMembers } from './declared-members.js';
import { declaredValue } from './declared-values.js';
import { memberOfMade, memberTakenOut } from './factory-members.js';
import { cellAccess, stateSetBy } from './cells.js';
import { externalEffects } from './external-state.js';
import { storeActionOf, storeStateCalled, storeStateOf } from './store-state.js';
import { type FileModel, fileModel } from './file-model.js';
import { createLookups } from './looked-up-places.js';
import { createImportedPlaces, type Importer } from './imported-places.js';

/** What is known of a file, with what its expressions denote in the program. */
export interface ProgramFile extends FileModel {
  readonly places: PlaceResolver;
}

export interface ProgramModel {
  readonly compiler: Compiler;
  readonly program: ts.Program;
  readonly settings: EngineSettings;
  readonly questions: Questions;
  readonly locks: LockMatcher;
  /** Limits that were met since the analysis of a file began, for `--stats`. */
  readonly limits: Set<string>;
  /** Number of graphs built so far. */
  readonly graphCount: number;
  file(node: ts.Node): ProgramFile;
  /** Files that import the exported variable. */
  importersOf(binding: Binding): readonly Importer[];
  /** The file of the program that the specifier means; packages and declarations have none. */
  moduleAt(from: ts.SourceFile, specifier: string): ts.SourceFile | undefined;
  /** Files of the program that the file imports. */
  importedModules(file: ts.SourceFile): readonly ts.SourceFile[];
  graph(owner: Activation): Graph;
  controlDependence(graph: Graph): ControlDependence;
  /** The activation in whose graph the node's events are: the enclosing function, or the one it is inlined into. */
  rootActivation(node: ts.Node): Activation;
  /** Whether some class of the program has a getter with this name: a text test, before the checker is asked. */
  mayBeGetter(name: string): boolean;
  /** Events of the graph for a node. */
  eventsAt(graph: Graph, node: ts.Node): readonly Event[];
  /** The function that the call runs, if its body is in the program. `syntactic` asks the checker nothing. */
  callee(call: CallEvent, effort: 'syntactic' | 'full'): FunctionNode | undefined;
  /**
   * What the call may run where no body is in sight but those of several classes that implement the member; empty where the
   * callee is known, or where too many implement it.
   */
  implementations(call: CallEvent): readonly FunctionNode[];
  calleeOfExpression(expression: ts.Expression, effort: 'syntactic' | 'full'): FunctionNode | undefined;
  /** The function with a body, in the program's own code, that the member access refers to. */
  functionOfMember(access: ts.PropertyAccessExpression): FunctionNode | undefined;
  /** The functions of the program behind a member that is declared without a body, where there are several, and not too many. */
  implementationsOfMember(access: ts.PropertyAccessExpression): readonly FunctionNode[];
  /** Whether the call gives a promise: by the declaration of what it calls, where that tells, else by its type. */
  isPromiseCall(call: ts.CallExpression): boolean;
  readonly hierarchy: ClassHierarchy;
}

/** An interface with more implementations than these tells nothing of what its members do. */
const maximumImplementations = 4;

export function createProgramModel(
  compiler: Compiler,
  program: ts.Program,
  settings: EngineSettings,
  questions: Questions,
  locks: LockMatcher,
): ProgramModel {
  const graphs = new WeakMap<Activation, Graph>();
  const dependences = new WeakMap<Graph, ControlDependence>();
  const eventIndex = new WeakMap<Graph, Map<ts.Node, Event[]>>();
  const building = new Set<Activation>();
  const limits = new Set<string>();
  let getterNames: ReadonlySet<string> | undefined;
  let declaredNames: ReadonlySet<string> | undefined;
  let graphCount = 0;

  const imported = createImportedPlaces(compiler, program);
  const placeGivenIn = (own: FileModel): GivenPlace => {
    const lookedUp = createLookups(compiler, own);
    return (call, places) => {
      const binding = compiler.isIdentifier(call.expression) ? own.scopes.resolve(call.expression) : undefined;
      const state =
        binding === undefined
          ? storeStateCalled(compiler, call.expression, (name) => wholeVariable(places.placeOf(name)), (node) => file(node).scopes)
          : storeStateOf(compiler, own.scopes, binding);
      return state?.role === 'get' ? state.place : lookedUp(call, places);
    };
  };
  const files = new WeakMap<ts.SourceFile, ProgramFile>();
  const file = (node: ts.Node): ProgramFile => {
    const source = node.getSourceFile();
    let known = files.get(source);
    if (known === undefined) {
      const own = fileModel(compiler, source);
      files.set(source, (known = { ...own, places: createPlaceResolver(compiler, own.scopes, imported, placeGivenIn(own)) }));
    }
    return known;
  };
  const hierarchy = createClassHierarchy(compiler, program, questions);
  const members = createDeclaredMembers(compiler, questions, file);

  const oracle: LoweringOracle = {
    callbackBehaviour: (call, index) => callbackBehaviour(model, call, index),
    externalEffects: (call) => externalEffects(model, call),
    cellAccess: (call) => cellAccess(model, call),
    stateSetBy: (callback) => stateSetBy(model, callback),
    isGetter: (node) => getterOf(node) !== undefined,
  };

  const getterOf = (node: ts.PropertyAccessExpression): FunctionNode | undefined => {
    if (node.expression.kind !== compiler.SyntaxKind.ThisKeyword) return undefined;
    const owner = thisOwner(compiler, node);
    return owner === undefined ? undefined : (getterIn(owner, node.name.text) ?? inheritedGetter(owner, node.name.text));
  };

  const getterIn = (owner: ThisOwner, name: string): FunctionNode | undefined => {
    const member = file(owner).memberOf(owner, name);
    if (member === undefined) return undefined;
    // of a pair of accessors the table has the one that comes last
    const getter = compiler.isSetAccessorDeclaration(member) ? pairedGetter(owner, name) : member;
    return getter !== undefined && compiler.isGetAccessorDeclaration(getter) && getter.body !== undefined ? getter : undefined;
  };

  /** Of the nearest base that has a member of the name; the bases are asked for only where some getter is called so. */
  const inheritedGetter = (owner: ThisOwner, name: string): FunctionNode | undefined => {
    if (!compiler.isClassLike(owner) || owner.heritageClauses === undefined || file(owner).memberOf(owner, name) !== undefined) return undefined;
    if (!model.mayBeGetter(name)) return undefined;
    const base = hierarchy.basesOf(owner).find((each) => file(each).memberOf(each, name) !== undefined);
    return base === undefined ? undefined : getterIn(base, name);
  };

  const pairedGetter = (owner: ThisOwner, name: string): ts.Node | undefined => {
    const members: readonly (ts.ClassElement | ts.ObjectLiteralElementLike)[] = compiler.isClassLike(owner) ? owner.members : owner.properties;
    return members.find((member) => compiler.isGetAccessorDeclaration(member) && propertyNameText(compiler, member.name) === name);
  };

  const graph = (owner: Activation): Graph => {
    const known = graphs.get(owner);
    if (known !== undefined) return known;
    // asked for in its own making (a callback handed to a recursive callee): nothing is known of it yet
    if (building.has(owner)) return emptyGraph(owner);
    building.add(owner);
    graphCount += 1;
    try {
      const { scopes, places } = file(owner);
      const built = buildGraph({ compiler, scopes, places, locks, oracle }, owner);
      graphs.set(owner, built);
      return built;
    } finally {
      building.delete(owner);
    }
  };

  const roots = new WeakMap<Activation, Activation>();
  const rootActivation = (node: ts.Node): Activation => {
    const own = enclosingActivation(compiler, node);
    let root = roots.get(own);
    if (root === undefined) {
      root = findRoot(own);
      // what is under way is not known to hold it yet
      if (building.size === 0) roots.set(own, root);
    }
    return root;
  };

  const findRoot = (own: Activation): Activation => {
    const chain: Activation[] = [];
    for (let current: Activation = own; ; current = enclosingActivation(compiler, current)) {
      chain.push(current);
      if (compiler.isSourceFile(current)) break;
    }
    // outermost first: a function is inlined into the outermost activation whose graph holds it
    for (const candidate of chain.reverse()) {
      if (candidate === own) return candidate;
      if (building.has(candidate)) continue;
      if (compiler.isSourceFile(candidate) && !mayBeInlinedInModule(own)) continue;
      if (graph(candidate).inlined.has(own)) return candidate;
    }
    return own;
  };

  /** Only function literals can be part of the module's own activation. */
  const mayBeInlinedInModule = (node: Activation): boolean => compiler.isArrowFunction(node) || compiler.isFunctionExpression(node);

  const memberFunction = (owner: ThisOwner, name: string, at: ts.Node): FunctionNode | undefined => {
    const member = file(at).memberOf(owner, name);
    return member === undefined ? undefined : functionDeclaredBy(compiler, member);
  };

  /** What is written where a function is expected: itself, its name, `this.work`, `this.work.bind(this)`. */
  const namedFunction = (written: ts.Expression): ts.Node | undefined => {
    if (compiler.isIdentifier(written)) return file(written).scopes.resolve(written)?.declaration;
    if (compiler.isCallExpression(written) && compiler.isPropertyAccessExpression(written.expression) && written.expression.name.text === 'bind') return namedFunction(skipOuter(compiler, written.expression.expression));
    if (!compiler.isPropertyAccessExpression(written) || written.expression.kind !== compiler.SyntaxKind.ThisKeyword) return written;
    const owner = thisOwner(compiler, written);
    return owner === undefined ? undefined : memberFunction(owner, written.name.text, written);
  };

  /** The function that a call makes into a section: what the call gives runs it, when it is called itself or by this member. */
  const enclosedBy = (call: ts.CallExpression, member: string | undefined): FunctionNode | undefined => {
    for (const argument of call.arguments) {
      const node = namedFunction(skipOuter(compiler, argument));
      const section = node !== undefined && isFunctionNode(compiler, node) ? locks.sectionAround(node) : undefined;
      if (node === undefined || section === undefined || !isFunctionNode(compiler, node)) continue;
      if (member === undefined ? section.runBy === undefined : section.runBy?.includes(member) === true) return node;
    }
    return undefined;
  };

  /** The worker that a queue runs: `this.queue` of `this.queue.push(job)`, made of it where it is declared. */
  const workerOf = (place: Place, member: string): FunctionNode | undefined => {
    const value = declaredValue(model, place)?.value;
    const made = value === undefined ? undefined : skipOuter(compiler, value);
    return made !== undefined && compiler.isCallExpression(made) ? enclosedBy(made, member) : undefined;
  };

  const calleeOfExpression = (expression: ts.Expression, effort: 'syntactic' | 'full'): FunctionNode | undefined => {
    const node = skipOuter(compiler, expression);
    if (isFunctionNode(compiler, node)) return node;
    if (compiler.isIdentifier(node)) {
      const binding = file(node).scopes.resolve(node);
      if (binding === undefined) return undefined;
      const { declaration } = binding;
      if (binding.kind === 'function' && isFunctionNode(compiler, declaration)) {
        return declaration.body === undefined && effort === 'full' ? questions.functionAt(node) : declaration;
      }
      if (effort === 'full' && compiler.isBindingElement(declaration) && binding.assignments.length === 0) {
        return memberTakenOut(model, declaration, (callee) => calleeOfExpression(callee, 'full'));
      }
      if (binding.initializer !== undefined) {
        const initializer = skipOuter(compiler, binding.initializer);
        if (isFunctionNode(compiler, initializer)) return binding.assignments.length === 0 ? initializer : undefined;
        if (compiler.isCallExpression(initializer) && binding.assignments.length === 0) return enclosedBy(initializer, undefined);
      }
      return binding.kind === 'import' && effort === 'full' ? questions.functionAt(node) : undefined;
    }
    if (compiler.isPropertyAccessExpression(node)) {
      const isThis = node.expression.kind === compiler.SyntaxKind.ThisKeyword;
      const place = isThis ? undefined : file(node).places.placeOf(node.expression);
      const isSelf = place?.root.kind === 'this' && place.path.length === 0;
      if (isThis || isSelf) {
        const owner = isThis ? thisOwner(compiler, node) : place?.root.kind === 'this' ? place.root.owner : undefined;
        const found = owner === undefined ? undefined : memberFunction(owner, node.name.text, node);
        if (found !== undefined) return found;
      }
      if (place !== undefined && place.path.length === 0 && place.root.kind === 'variable') {
        const { declaration } = place.root.binding;
        if (compiler.isClassLike(declaration)) {
          const found = memberFunction(declaration, node.name.text, declaration);
          if (found !== undefined) return found;
        }
        const action = storeActionOf(compiler, file(node).scopes, place.root.binding, node.name.text);
        if (action !== undefined) return action;
      }
      const worker = place === undefined ? undefined : workerOf(place, node.name.text);
      if (worker !== undefined) return worker;
      return effort === 'full' ? functionOfMember(node) : undefined;
    }
    return undefined;
  };

  const memberFunctions = new WeakMap<ts.PropertyAccessExpression, { readonly node: FunctionNode | undefined }>();
  const functionOfMember = (access: ts.PropertyAccessExpression): FunctionNode | undefined => {
    if (!mayBeDeclared(access.name.text)) return undefined;
    let known = memberFunctions.get(access);
    if (known === undefined) memberFunctions.set(access, (known = { node: resolveMember(access) }));
    return known.node;
  };

  const resolveMember = (access: ts.PropertyAccessExpression): FunctionNode | undefined => {
    const member = members.memberAt(access);
    if (member === undefined) return questions.functionAt(access.name) ?? memberOfFactory(access);
    if (member === 'foreign' || member.getSourceFile().isDeclarationFile) return undefined;
    return functionDeclaredBy(compiler, member) ?? memberOfFactory(access) ?? hierarchy.soleImplementation(member);
  };

  const memberOfFactory = (access: ts.PropertyAccessExpression): FunctionNode | undefined => {
    const place = file(access).places.placeOf(access.expression);
    return place === undefined ? undefined : memberOfMade(model, place, access.name.text, (callee) => calleeOfExpression(callee, 'full'));
  };

  const implementations = new WeakMap<ts.PropertyAccessExpression, readonly FunctionNode[]>();
  const implementationsOf = (call: CallEvent): readonly FunctionNode[] => {
    const access = call.reference ?? (compiler.isCallExpression(call.node) ? call.node.expression : undefined);
    const node = access === undefined ? undefined : skipOuter(compiler, access);
    return node === undefined || !compiler.isPropertyAccessExpression(node) ? [] : implementationsOfMember(node);
  };

  const implementationsOfMember = (node: ts.PropertyAccessExpression): readonly FunctionNode[] => {
    if (!mayBeDeclared(node.name.text)) return [];
    let known = implementations.get(node);
    if (known === undefined) implementations.set(node, (known = resolveImplementations(node)));
    return known;
  };

  const resolveImplementations = (access: ts.PropertyAccessExpression): readonly FunctionNode[] => {
    const declared = members.memberAt(access) ?? questions.symbolAt(access.name)?.declarations?.[0];
    if (declared === undefined || declared === 'foreign' || declared.getSourceFile().isDeclarationFile) return [];
    if (functionDeclaredBy(compiler, declared) !== undefined) return [];
    const found = hierarchy.implementationsOf(declared);
    if (found.length > maximumImplementations) limits.add('implementations of one member');
    return found.length > maximumImplementations || found.length < 2 ? [] : found;
  };

  /** Whether the program's own code may have a function with this name: most methods that are called are the platform's. */
  const mayBeDeclared = (name: string): boolean => (declaredNames ??= collectDeclaredNames(program)).has(name);

  const model: ProgramModel = {
    compiler,
    program,
    settings,
    questions,
    locks,
    limits,
    get graphCount() {
      return graphCount;
    },
    file,
    importersOf: imported.importersOf,
    moduleAt: imported.moduleAt,
    importedModules: (from) => [...importsOf(compiler, from).specifiers].flatMap((specifier) => imported.moduleAt(from, specifier) ?? []),
    graph,
    controlDependence: (of) => {
      let dependence = dependences.get(of);
      if (dependence === undefined) dependences.set(of, (dependence = computeControlDependence(of, () => limits.add('tests before one act'))));
      return dependence;
    },
    rootActivation,
    mayBeGetter: (name) => (getterNames ??= collectGetterNames(program)).has(name),
    eventsAt: (of, node) => {
      let map = eventIndex.get(of);
      if (map === undefined) {
        eventIndex.set(of, (map = new Map<ts.Node, Event[]>()));
        for (const block of of.blocks) {
          for (const event of block.events) {
            const list = map.get(event.node);
            if (list === undefined) map.set(event.node, [event]);
            else list.push(event);
          }
        }
      }
      return map.get(node) ?? [];
    },
    callee: (call, effort) => {
      if (call.reference !== undefined) return calleeOfExpression(call.reference, effort);
      if (compiler.isPropertyAccessExpression(call.node)) return getterOf(call.node);
      if (compiler.isNewExpression(call.node) || compiler.isTaggedTemplateExpression(call.node)) return undefined;
      return calleeOfExpression(call.node.expression, effort);
    },
    implementations: implementationsOf,
    calleeOfExpression,
    functionOfMember,
    implementationsOfMember,
    isPromiseCall: (call) => !members.givesNothing(call) && questions.isPromise(call),
    hierarchy,
  };
  return model;
}

function collectGetterNames(program: ts.Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const file of program.getSourceFiles()) {
    if (file.isDeclarationFile) continue;
    for (const match of file.text.matchAll(/\bget\s+([#$\w]+)\s*\(\s*\)/g)) if (match[1] !== undefined) names.add(match[1]);
  }
  return names;
}

/** A cache by node for each model: what is known of a node depends on the settings. */
export function createModelCache<Key extends object, Result>(): (model: ProgramModel) => WeakMap<Key, Result> {
  const caches = new WeakMap<ProgramModel, WeakMap<Key, Result>>();
  return (model) => {
    let cache = caches.get(model);
    if (cache === undefined) caches.set(model, (cache = new WeakMap()));
    return cache;
  };
}

/**
 * The function with its results kept: each is computed once for a key of a model. The computation must not ask for the
 * result that it is about to give.
 */
export function memoized<Key extends object, Result>(compute: (model: ProgramModel, key: Key) => Result): (model: ProgramModel, key: Key) => Result {
  const results = createModelCache<Key, { readonly result: Result }>();
  return (model, key) => {
    const cache = results(model);
    let known = cache.get(key);
    if (known === undefined) cache.set(key, (known = { result: compute(model, key) }));
    return known.result;
  };
}
