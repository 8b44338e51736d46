/**
 * The one interface to a TypeScript compiler.
 *
 * The engine is handed the compiler's namespace and never imports it at run time: the rules hand in the one that the
 * parser uses, the command line the project's own. Types are imported, which costs nothing at run time.
 */
import type ts from 'typescript';

export type { ts };

/** The namespace of the classic compiler API. Only public members may be used. */
export type Compiler = typeof ts;
