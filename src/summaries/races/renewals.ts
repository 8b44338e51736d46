/** What other tasks put into a place, and how sure it is that they do so beside the task that looks at it. */
import type { Graph } from '../../cfg/graph.js';
import type { Place } from '../../places/place.js';
import { type Activation, displayName, enclosingActivation, lastOfName } from '../../syntax/functions.js';
import { type OtherWrite, type Rival, rivalOf } from '../actors/rivals.js';
import { questionOf } from '../effects/answers.js';
import { isBeginning, isEmptyValue } from '../effects/emptied-places.js';
import { heldLocks } from '../locks/held-locks.js';
import type { ProgramModel } from '../model/program-model.js';
import { judgeAct } from '../protocols/freshness.js';
import { requirementOf } from '../protocols/outcomes.js';

interface RatedRival {
  readonly rival: Rival;
  readonly mutation: OtherWrite;
  /** It hardly ever runs beside the write: it is part of the setting up, or it only fills the place when it is empty. */
  readonly isWeak: boolean;
}

/** The first of the writes that is not weak, else the first of all; what an addition finds in the collection does not matter to it. */
export function surestRival(model: ProgramModel, mutations: readonly OtherWrite[], areAdditions: boolean): RatedRival | undefined {
  const strong = mutations.find((mutation) => !isSetup(model, mutation.graph) && (areAdditions || !fillsWhenEmpty(model, mutation)));
  const mutation = strong ?? mutations[0];
  return mutation === undefined ? undefined : { rival: rivalOf(model, mutation), mutation, isWeak: strong === undefined };
}

/** The rival looks whether there is something already, and leaves it alone. */
function fillsWhenEmpty(model: ProgramModel, { graph, event, place }: OtherWrite): boolean {
  const verdict = judgeAct(model, graph, heldLocks(model, graph), event, place);
  if (verdict.kind === 'fresh') return true;
  if (verdict.kind === 'unchecked') return false;
  const requirement = requirementOf(model, graph, event.block, verdict.check.test, place);
  return requirement?.kind === 'nullish' || requirement?.kind === 'falsy' || requirement?.kind === 'absent';
}

/** What brings an object or a module into being. */
const setupNames = /^(?:init|initiali[sz]e|setup|construct|bootstrap|configure|#?_?(?:do)?init\w*)$/i;
/** What is loaded once, mostly before anything else happens. */
const loadNames = /^_?(?:load|restore|start|hydrate|resume)\w*$/i;
/** What ends everything: whatever is added meanwhile has come too late. */
const endOfAllNames = /^(?:reset|clear|erase|stop|close|dispose|destroy|shutdown|terminate|teardown|unload|end|finali[sz]e)$/i;

/** By the name of the activation or of one around it: it brings the object or the module into being. */
export function isSetup(model: ProgramModel, graph: Graph): boolean {
  for (let node: Activation = graph.owner; !model.compiler.isSourceFile(node); node = enclosingActivation(model.compiler, node)) {
    if (model.compiler.isConstructorDeclaration(node) || setupNames.test(ownName(model, node))) return true;
  }
  return false;
}

/** By its name alone. */
export function endsAll(model: ProgramModel, graph: Graph): boolean {
  return endOfAllNames.test(ownName(model, graph.owner));
}

/** By its name alone. */
export function loadsAtFirst(model: ProgramModel, graph: Graph): boolean {
  return loadNames.test(ownName(model, graph.owner));
}

export function ownName(model: ProgramModel, owner: Activation): string {
  return lastOfName(displayName(model.compiler, owner));
}

/** What the rival puts there has come from elsewhere, after a suspension. */
export function isAnswer(model: ProgramModel, { graph, event }: OtherWrite): boolean {
  return event.value !== undefined && questionOf(model, graph, event.value)?.isAnswered === true;
}

/** The rival may replace an element under its key, after its turn has come. */
export function isReplacement({ event, place }: OtherWrite): boolean {
  const last = place.path.at(-1);
  return event.how === 'assign' && last?.kind === 'element' && last.key !== undefined;
}

/** The rival puts an element into the collection, or stores a longer one. */
export function isAddition(model: ProgramModel, { event, place: written }: OtherWrite, place: Place): boolean {
  if (written.path.length <= place.path.length) {
    return event.how === 'assign' && event.value !== undefined && !isEmptyValue(model, event.value) && !isBeginning(model, event.place, event.value);
  }
  return event.how === 'add' || event.how === 'assign';
}

/** The rival puts new content where the old one is. */
export function isRenewal(model: ProgramModel, { event }: OtherWrite): boolean {
  if (event.how !== 'assign' && event.how !== 'add') return false;
  if (event.value === undefined) return true;
  if (isEmptyValue(model, event.value) || event.value.nature === 'constant' || isBeginning(model, event.place, event.value)) return false;
  // the slot of work under way has a protocol of its own
  return event.value.nature !== 'promise' && !model.questions.isPromise(event.value.node);
}
