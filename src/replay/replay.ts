/** What a replay says, as plain data: everything that its text needs and nothing of the program it was made from. */
import type { Finding } from '../findings/finding.js';
import type { Shape } from '../types/shapes.js';

export type TaskName = 'A' | 'B';

/** Name of the fake that stands for the consumer of a generator: it waits after each value. */
export const consumerGate = 'the consumer';

/** How the test gets to what it calls. */
export interface SubjectPlan {
  readonly kind: 'instance' | 'class' | 'factory' | 'object' | 'module';
  /** Name under which the module exports the class, function or object; empty for the module itself. */
  readonly exported: string;
  readonly isAsync: boolean;
  /** What is handed in when it is made. */
  readonly given: readonly ParameterPlan[];
}

export interface ParameterPlan {
  readonly name: string;
  readonly index: number;
  readonly shape: Shape;
  /** Whether the value decides which entry of the state is meant, so that the tasks have to agree on it. */
  readonly isKey: boolean;
}

/** The call that a task is. */
export interface TaskPlan {
  /** Member of the subject; undefined where the subject itself is called. */
  readonly member: string | undefined;
  readonly given: readonly ParameterPlan[];
  /** The call starts an interval, and the task is a run of its callback. */
  readonly isTick: boolean;
  /** The call gives a generator, which the task consumes. */
  readonly isGenerator: boolean;
}

/** An imported or global function that a task waits for, or a member of what is imported, replaced for the test. */
export interface ReplacedFunction {
  /** Path or name of the module; undefined for a global function. */
  readonly module: { readonly isFile: boolean; readonly name: string } | undefined;
  /** From the export to the object that has the function: `Client`, `prototype`; empty where the function itself is imported. */
  readonly holder: readonly string[];
  readonly name: string;
  readonly result: Shape;
}

/** A look at the state that any user of the subject could take. */
export interface Look {
  readonly member: string;
  readonly isCall: boolean;
}

export type Scenario =
  /** B runs while A is suspended; the outcome has to be that of A and B in one of these turns. */
  | {
      readonly kind: 'overlap';
      readonly turns: readonly ('AB' | 'BA')[];
      readonly hold: Hold;
      /** The fakes that B waits for before A goes on; undefined when B goes as far as it can. */
      readonly holdB: readonly string[] | undefined;
      readonly countsCalls: boolean;
    }
  /** A fails; B, after or beside it, has to come through. */
  | { readonly kind: 'failure'; readonly how: 'rejects' | 'throws' | 'leaves' | 'aborts'; readonly gates: readonly string[]; readonly isJoined: boolean; readonly times: number }
  /** A waits, B replaces or drops its promise, a next call starts anew; whatever A comes to, a last call has to join that one. */
  | { readonly kind: 'succession'; readonly gates: readonly string[] }
  /** A reads and waits with the lock held; B only reads too, and has to come through meanwhile. */
  | { readonly kind: 'readers'; readonly gates: readonly string[] }
  /** The tasks have to come to an end at all. A consumer makes the call that is B before it asks for the next value. */
  | { readonly kind: 'end'; readonly hasB: boolean; readonly isConsumed: boolean };

/** Where A stands while B runs. */
export type Hold =
  /** It waits for an answer to one of these fakes; to any of them when the list is empty. */
  | { readonly at: 'gate'; readonly gates: readonly string[] }
  /** Between two microtasks: B starts at each of them in turn. */
  | { readonly at: 'microtask' }
  /** It has returned, and its caller looks at the result. */
  | { readonly at: 'end' };

export interface Replay {
  readonly finding: Finding;
  /** Absolute path of the module. */
  readonly module: string;
  readonly subject: SubjectPlan;
  readonly tasks: Readonly<Record<TaskName, TaskPlan>>;
  /** What the second task does where no call of the subject was found for it: the person has to write it. */
  readonly openB: string | undefined;
  readonly replaced: readonly ReplacedFunction[];
  readonly looks: readonly Look[];
  /** What has to be there before the race can start; undefined where it starts from nothing. */
  readonly arrangement: { readonly what: string; readonly isNeeded: boolean } | undefined;
  /** The reported path leads through a call that fails. */
  readonly hasFailure: boolean;
  readonly scenario: Scenario;
}

export interface TextOptions {
  /** How the test imports a file, by its absolute path. */
  readonly importPath: (file: string) => string;
  /** A file as the person knows it. */
  readonly displayPath: (file: string) => string;
}
