/** Calls that look at or change state outside the process: files, rows. */
import type { ts } from '../compiler/compiler.js';
import type { ExternalEffect } from '../events/lowering.js';
import type { ProgramModel } from './program-model.js';

export function externalEffect(model: ProgramModel, call: ts.CallExpression): ExternalEffect | undefined {
  void model;
  void call;
  return undefined;
}
