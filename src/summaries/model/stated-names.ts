/** Names in the settings that speak of functions. */
import { displayName, lastOfName } from '../../syntax/functions.js';
import type { ProgramModel } from './program-model.js';

/** Names under `sequential` that no function of the program has: they are misspelt, or the function is gone. */
export function unmatchedNames(model: ProgramModel): readonly string[] {
  const { compiler, program, settings } = model;
  const files = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  return (settings.sequential ?? []).filter((name) => {
    const plain = lastOfName(name);
    return !files.some(
      (file) =>
        file.text.includes(plain) &&
        model.file(file).functions.some((each) => {
          const own = displayName(compiler, each);
          return own === name || lastOfName(own) === name;
        }),
    );
  });
}
