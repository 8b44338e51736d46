/** Rewrites that copy a reference before it leaves its section. */
import type { Graph } from '../cfg/graph.js';
import type { Suggestion } from '../findings/finding.js';
import type { ProgramModel } from '../summaries/program-model.js';
import type { Reference } from '../summaries/references.js';

export function copySuggestions(_model: ProgramModel, _graph: Graph, _reference: Reference, _by: 'use' | 'return' | 'store'): Suggestion[] {
  return [];
}
