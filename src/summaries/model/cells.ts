/**
 * Calls that read or replace the value of a cell, told from how the field or variable that holds the cell is declared; and those
 * that change the state of a store or of a component.
 */
import { cellContent, type CellModel, cells } from '../../catalogue/cells.js';
import { stateHooks } from '../../catalogue/reactive.js';
import { stateCreators } from '../../catalogue/state-creators.js';
import type { ts } from '../../compiler/compiler.js';
import type { CellAccess } from '../../events/lowering.js';
import { originOfName } from '../../locks/imports.js';
import { field, type Place, project, wholeVariable } from '../../places/place.js';
import { isFunctionLiteral, skipOuter } from '../../syntax/functions.js';
import { declaredValue } from './declared-values.js';
import { stateOfComponent, stateOfSetter } from './component-state.js';
import { memoized, type ProgramModel } from './program-model.js';
import { storeStateCalled, storeStateOf } from './store-state.js';

const methods: ReadonlySet<string> = new Set(cells.flatMap(({ reads, writes }) => [...reads, ...writes]));

/** Undefined for a call that is none, as most are. */
export function cellAccess(model: ProgramModel, call: ts.CallExpression): CellAccess | undefined {
  const { compiler } = model;
  if (!mayHoldCells(model, model.program)) return undefined;
  const callee = skipOuter(compiler, call.expression);
  const [value] = call.arguments;
  if (compiler.isIdentifier(callee) && value !== undefined) return mergedState(model, callee) ?? replacedState(model, callee, value);
  const component = compiler.isPropertyAccessExpression(callee) ? stateOfComponent(model, callee) : undefined;
  if (component !== undefined) return { place: component, access: 'merge' };
  const store = storeStateCalled(compiler, callee, (name) => wholeVariable(model.file(name).places.placeOf(name)), (node) => model.file(node).scopes);
  if (store?.role === 'set' && value !== undefined) return { place: store.place, access: 'merge' };
  if (compiler.isPropertyAccessExpression(callee) && methods.has(callee.name.text)) {
    const found = cellAt(model, callee.expression);
    const method = callee.name.text;
    if (found?.model.writes.includes(method) === true) return { place: found.content, access: 'write' };
    if (found?.model.reads.includes(method) === true) return { place: found.content, access: 'read' };
  }
  if (call.arguments.length > 0) return undefined;
  const found = cellAt(model, callee);
  return found?.model.isReadByCall === true ? { place: found.content, access: 'read' } : undefined;
}

/** `set({ items })`, in the function that a store is made of. */
function mergedState(model: ProgramModel, callee: ts.Identifier): CellAccess | undefined {
  const { scopes } = model.file(callee);
  const binding = scopes.resolve(callee);
  const state = binding === undefined ? undefined : storeStateOf(model.compiler, scopes, binding);
  return state?.role === 'set' ? { place: state.place, access: 'merge' } : undefined;
}

/** `setUser(user)` of a hook; a function that is handed in makes the new state of the newest one. */
function replacedState(model: ProgramModel, callee: ts.Identifier, value: ts.Expression): CellAccess | undefined {
  if (isFunctionLiteral(model.compiler, skipOuter(model.compiler, value))) return undefined;
  const place = stateOfSetter(model, callee);
  return place === undefined ? undefined : { place, access: 'write' };
}

/** The state that `setUser` of a hook replaces, where it is handed to somebody who calls it. */
export function stateSetBy(model: ProgramModel, callback: ts.Expression): Place | undefined {
  return mayHoldCells(model, model.program) ? stateOfSetter(model, callback) : undefined;
}

function cellAt(model: ProgramModel, expression: ts.Expression): { readonly model: CellModel; readonly content: Place } | undefined {
  const { compiler } = model;
  const node = skipOuter(compiler, expression);
  const isNamed = compiler.isIdentifier(node) || compiler.isPropertyAccessExpression(node);
  const place = isNamed ? model.file(node).places.placeOf(node) : undefined;
  const declared = place === undefined ? undefined : declaredValue(model, place);
  const maker = declared?.value === undefined ? declared?.type : skipOuter(compiler, declared.value);
  const known = maker === undefined ? undefined : cellMadeBy(model, maker);
  if (place === undefined || known === undefined) return undefined;
  const content = project(place, field(cellContent));
  return { model: known, content: known.isReadByCall ? { ...content, text: `${place.text}()` } : content };
}

/** `new BehaviorSubject(…)`, `signal(…)`, or the type of what is made in the constructor. */
function cellMadeBy({ compiler }: ProgramModel, maker: ts.Node): CellModel | undefined {
  const isMade = compiler.isNewExpression(maker) || compiler.isCallExpression(maker);
  const name = isMade ? maker.expression : compiler.isTypeReferenceNode(maker) ? maker.typeName : undefined;
  if (name === undefined || !compiler.isIdentifier(name)) return undefined;
  const origin = originOfName(compiler, name);
  return origin === undefined ? undefined : cells.find((cell) => cell.package === origin.specifier && cell.name === origin.imported);
}

const packages: ReadonlySet<string> = new Set([...cells.map((cell) => cell.package), ...Object.keys(stateCreators), ...[...stateHooks.values()].flat()]);

/** Asked for each call, and told once from the texts of the program: most programs have no cells and no such stores. */
const mayHoldCells = memoized((_model, program: ts.Program) =>
  program.getSourceFiles().some(({ isDeclarationFile, text }) => !isDeclarationFile && [...packages].some((name) => text.includes(name))),
);
