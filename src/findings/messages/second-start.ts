/** The words of `no-check-then-act` where the look does not see what has begun already. */

export interface RaisedByListenerWords {
  readonly place: string;
  readonly checkLine: number;
  /** Name of the event that the listener waits for. */
  readonly event: string;
  readonly openingLine: number;
  readonly activation: string;
}

export function raisedByListenerMessage({ place, checkLine, event, openingLine, activation }: RaisedByListenerWords): string {
  return (
    `\`${place}\` is checked on line ${checkLine} and set here only when the \`${event}\` of what is opened on line ${openingLine} comes; ` +
    `another call of ${activation} can pass the same check meanwhile and open a second one. Set a mark before the opening, or check for what is stored there.`
  );
}

export function raisedByListenerSteps({ place, event, activation }: RaisedByListenerWords): Record<'check' | 'open' | 'rivalCheck' | 'rivalOpen' | 'raise', string> {
  return {
    check: `A checks \`${place}\``,
    open: `A opens one and returns; its \`${event}\` comes later`,
    rivalCheck: `B, ${activation} again, finds \`${place}\` as A found it`,
    rivalOpen: 'B opens a second one',
    raise: `The \`${event}\` of the first one comes and sets \`${place}\`: two are open, of which one is known at most`,
  };
}

export interface UnfinishedOpeningWords {
  readonly place: string;
  readonly lookLine: number;
  readonly activation: string;
}

export function unfinishedOpeningMessage({ place, lookLine, activation }: UnfinishedOpeningWords): string {
  return (
    `\`${place}\` is opened here where line ${lookLine} finds none that is open already; another call of ${activation} passes the same look while this one is still ` +
    'connecting, and opens a second one over it. Ask for what is connecting as well, or set a mark in the turn of the look.'
  );
}

export function unfinishedOpeningSteps({ place, activation }: Pick<UnfinishedOpeningWords, 'place' | 'activation'>): Record<'look' | 'open' | 'rivalLook' | 'rivalOpen', string> {
  return {
    look: `A asks \`${place}\` for its state: nothing is open`,
    open: `A opens something and stores it in \`${place}\``,
    rivalLook: `B, ${activation} again, asks for the state: what A opens is not open yet`,
    rivalOpen: `B opens a second one and stores it in \`${place}\`; nobody ends A's`,
  };
}

export interface RevivedLoopWords {
  readonly place: string;
  readonly suspensionLine: number;
  readonly stop: string;
  readonly start: string;
  /** The look that keeps a second start out while the flag is up. */
  readonly lookLine: number | undefined;
  /** A timer begins the next turn. */
  readonly isByTimer: boolean;
}

export function revivedLoopMessage({ place, suspensionLine, stop, start, lookLine, isByTimer }: RevivedLoopWords): string {
  return (
    `\`${place}\` keeps this ${isByTimer ? 'timer' : 'loop'} going, ${isByTimer ? 'whose work' : 'which'} waits on line ${suspensionLine}; ${stop} does not wait for its end, so that a call of ${start} meanwhile ` +
    `${lookLine === undefined ? 'puts it up again' : `passes the check on line ${lookLine}`} and begins a second loop beside it. Wait for the end of the loop, or give each loop a token of its own.`
  );
}

export function revivedLoopSteps({ place, stop, start, lookLine }: RevivedLoopWords): Record<'begin' | 'wait' | 'stop' | 'check' | 'again' | 'goOn', string> {
  return {
    begin: `${start} puts \`${place}\` up and begins the loop`,
    wait: 'The loop suspends',
    stop: `B calls ${stop}, which takes \`${place}\` down`,
    check: `B calls ${start}, which ${lookLine === undefined ? '' : `finds \`${place}\` down and `}puts it up again`,
    again: 'B begins a second loop',
    goOn: `The old loop finds \`${place}\` up, and goes on beside the new one`,
  };
}

export interface RefusedRequestWords {
  readonly place: string;
  readonly checkLine: number;
  readonly suspensionLine: number;
  /** Set when a callee renews it. */
  readonly callee: string | undefined;
  readonly activation: string;
}

export function refusedRequestMessage({ place, checkLine, suspensionLine, callee, activation }: RefusedRequestWords): string {
  const renewed = callee === undefined ? `here after the \`await\` on line ${suspensionLine}` : `by \`${callee}\`, called here`;
  return (
    `\`${place}\` is renewed ${renewed}, since a request was refused (line ${checkLine}); another call of ${activation} whose request was refused as well ` +
    'renews it once more. Keep the promise of the renewal for all who wait, or compare it first with what was refused.'
  );
}

export function refusedRequestSteps({ place, activation }: RefusedRequestWords): Record<'refused' | 'renew' | 'rivalRefused' | 'rivalRenew' | 'store', string> {
  return {
    refused: `A's request is refused`,
    renew: `A asks for a new \`${place}\` and suspends`,
    rivalRefused: `B, ${activation} again, was sent with the old one, and is refused as well`,
    rivalRenew: `B asks for a new one too, by what A has used already`,
    store: `Each stores its own in \`${place}\`: the later answer replaces the other, which may be the one that is valid`,
  };
}
