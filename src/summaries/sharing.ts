/** Whether another task can reach a place. */
import type { Graph } from '../cfg/graph.js';
import type { Place } from '../places/place.js';
import { isFunctionNode } from '../syntax/functions.js';
import type { ProgramModel } from './program-model.js';

/** Cells of the process where the last writer is right by design (ESLint issue 15076). */
const lastWriterWins: ReadonlySet<string> = new Set(['process.exitCode', 'document.title']);

export function isShared(model: ProgramModel, graph: Graph, place: Place): boolean {
  const { compiler } = model;
  const { root } = place;
  switch (root.kind) {
    case 'this':
      // constructors run before anybody else has their object
      return place.path.length > 0 && root.owner !== undefined && !compiler.isConstructorDeclaration(graph.owner);
    case 'global':
      return place.path.length > 0 && !lastWriterWins.has(place.text);
    case 'external':
      return true;
    case 'variable': {
      const { binding } = root;
      if (binding.kind === 'import') return place.path.length > 0;
      if (binding.kind === 'class') return place.path.length > 0;
      if (compiler.isSourceFile(binding.owner)) return binding.kind === 'variable' || place.path.length > 0;
      // a variable of an enclosing activation is shared by the closures over it; our own locals are not
      if (graph.inlined.has(binding.owner)) return false;
      return binding.kind === 'variable' || (isFunctionNode(compiler, binding.owner) && binding.kind === 'parameter' && isFactory(model, place));
    }
  }
}

/** A parameter of an enclosing function is state of the closures that the function hands out. */
function isFactory(_model: ProgramModel, place: Place): boolean {
  return place.path.length > 0;
}
