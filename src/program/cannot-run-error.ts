/** Why the command line could not do its work, as one line for its user; ends the run with exit code 2. */
export class CannotRunError extends Error {
  override readonly name = 'CannotRunError';
}
