/** The words of `no-stale-write`. */
import { rivalDeeds } from './words.js';

export interface StaleWriteWords {
  readonly kind: 'drained' | 'cleared' | 'unmarked' | 'restored' | 'overtaken' | 'displaced' | 'revived' | 'late' | 'listening' | 'joined' | 'refilled' | 'unseen' | 'replaced';
  readonly place: string;
  /** Line of the look before the suspension. */
  readonly lookLine: number | undefined;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
  readonly rival: string;
  readonly rivalIsSelf: boolean;
}

export function staleWriteMessage(words: StaleWriteWords): string {
  const { place, suspensionLine } = words;
  const pause = `the ${words.isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  const look = words.lookLine === undefined ? '' : ` dealt with on line ${words.lookLine}`;
  const rival = words.rivalIsSelf ? `another call of ${words.rival}` : words.rival;
  switch (words.kind) {
    case 'drained':
      return (
        `\`${place}\` is emptied here after ${pause}; what ${rival} adds meanwhile is lost. ` +
        'Take the content and empty it before the `await`, or remove only what was dealt with.'
      );
    case 'cleared':
      return (
        `\`${place}\` is cleared here after ${pause}, whatever it holds by then; what ${rival} puts there meanwhile is lost. ` +
        `Clear it before the \`await\`, or only if it is still the one${look}.`
      );
    case 'unmarked':
      return (
        `\`${place}\` is taken down here after ${pause}; the mark that ${rival} sets meanwhile is lost, and the change with it. ` +
        'Take it down before the `await`, and set it again when the work fails.'
      );
    case 'restored':
      return (
        `\`${place}\` gets back here, after ${pause}, what it held on line ${words.lookLine ?? suspensionLine}; ` +
        `what ${rival} puts there meanwhile is lost. Hand it down as an argument, or restore it only if it is still yours.`
      );
    case 'overtaken':
      return (
        `\`${place}\` gets the answer that was waited for in ${pause}; ${rival} may have asked later and been answered ` +
        'earlier. Compare a sequence number after the `await`, or abort the older request.'
      );
    case 'displaced':
      return (
        `\`${place}\` was ended on line ${words.lookLine ?? suspensionLine} and gets a new one here after ${pause}; what ${rival} puts there meanwhile is ` +
        'overwritten and never ended. Let one call wait for the other, or ask after the `await` whether a newer one has begun.'
      );
    case 'revived':
      return (
        `\`${place}\` is filled here after ${pause}, also when ${rival} has cleared it meanwhile; then it comes back to life. ` +
        'Ask after the `await` whether it was ended, and undo what came too late.'
      );
    case 'late':
      return (
        `\`${place}\` is opened here after ${pause}, also when ${rival} has run meanwhile: that found nothing to close, and nobody ` +
        'closes this one. Ask after the `await` whether the end has come.'
      );
    case 'listening':
      return (
        `\`${place}\` begins to listen here after ${pause}, also when ${rival} has run meanwhile: that found no listener to take off, and nobody ` +
        'takes this one off. Ask after the `await` whether the end has come.'
      );
    case 'joined':
      return (
        `What \`${place}\` gets here after ${pause} joins the others also when ${rival} has run meanwhile: that ended those that it found, and ` +
        'nobody ends this one. Ask after the `await` whether the end has come.'
      );
    case 'refilled':
      return (
        `\`${place}\` is filled here with what was asked for before ${pause}, also when ${rival} has emptied it meanwhile; then the ` +
        'old answer is kept as if it were new. Count a generation up there, and keep the answer only if it is still the same.'
      );
    case 'replaced':
      return (
        `\`${place}\` gets the answer about the one that it held on line ${words.lookLine ?? suspensionLine}, after ${pause}; what ${rival} has put there meanwhile is ` +
        'replaced. Store the answer only if it is still the same one.'
      );
    case 'unseen':
      return (
        `What was made of \`${place}\` over ${pause} replaces it here; line ${words.lookLine ?? suspensionLine} asks whether it is still the same object, and ` +
        `does not see what ${rival} changes in it meanwhile. Compare a version that every change counts up.`
      );
  }
}

export function staleWriteSteps(words: StaleWriteWords): Record<'look' | 'suspend' | 'rivalWrite' | 'write', string> {
  const { place, rival } = words;
  const again = words.rivalIsSelf ? `B, ${rival} again,` : `B, ${rival},`;
  const texts = {
    drained: [`A deals with what \`${place}\` holds`, `${again} adds to \`${place}\``, `A empties \`${place}\`; what B added is lost`],
    cleared: [`A deals with what \`${place}\` holds`, `${again} ${rivalDeeds.renews} \`${place}\``, `A clears \`${place}\`; what B put there is lost`],
    unmarked: [`A takes the content that \`${place}\` speaks of`, `${again} changes it and sets \`${place}\``, `A takes \`${place}\` down; B's change is marked no more`],
    restored: [`A keeps what \`${place}\` holds, and changes it`, `${again} changes \`${place}\``, `A puts the old content back into \`${place}\`, under B`],
    overtaken: ['A asks', `${again} asks after A, is answered first and writes \`${place}\``, `A writes the older answer over B's`],
    displaced: [`A ends what \`${place}\` holds`, `${again} finds nothing to end and puts a new one into \`${place}\``, `A overwrites it in \`${place}\`; nobody ends B's`],
    late: ['A begins', `B, ${rival}, closes what \`${place}\` holds; there is nothing yet`, `A opens \`${place}\`, which nobody closes any more`],
    listening: ['A begins', `B, ${rival}, takes \`${place}\` off; it is not there yet`, `A adds \`${place}\`, which nobody takes off any more`],
    joined: ['A begins', `B, ${rival}, ends each of what \`${place}\` holds; this one is not there yet`, `A puts it into \`${place}\`, where nobody ends it any more`],
    refilled: ['A asks', `B, ${rival}, empties \`${place}\`: what it holds is out of date`, `A keeps the old answer in \`${place}\``],
    replaced: [`A asks about what \`${place}\` holds`, `${again} puts another one into \`${place}\``, 'A replaces it by the answer about the old one'],
    unseen: ['A finds the same objects', `${again} ${rivalDeeds.changes} what A has taken from \`${place}\``, 'A replaces it by what it has made of the old content; what B did is lost'],
    revived: ['A begins', `B, ${rival}, clears \`${place}\``, `A fills \`${place}\`, which nobody clears any more`],
  }[words.kind];
  return { look: texts[0] ?? '', suspend: 'A suspends; other tasks run', rivalWrite: texts[1] ?? '', write: texts[2] ?? '' };
}

export interface ForeignContextWords {
  readonly place: string;
  /** Line on which the task has put its own there. */
  readonly ownLine: number;
  readonly suspensionLine: number;
  readonly rival: string;
}

export function foreignContextMessage({ place, ownLine, suspensionLine, rival }: ForeignContextWords): string {
  return (
    `\`${place}\` is read here after the suspension on line ${suspensionLine}, and may no longer be what was put there on line ${ownLine}: another call of ${rival} ` +
    'puts its own there meanwhile. Keep it in a local, or hand it down as an argument.'
  );
}

export function foreignContextSteps({ place, rival }: ForeignContextWords): Record<'own' | 'suspend' | 'rivalWrite' | 'read', string> {
  return {
    own: `A puts into \`${place}\` what it was given`,
    suspend: 'A suspends; other tasks run',
    rivalWrite: `B, ${rival} again, puts its own there`,
    read: `A reads \`${place}\` and goes on with what belongs to B`,
  };
}

export interface SecondOpeningWords {
  readonly place: string;
  /** Name of the event that the listener waits for. */
  readonly event: string;
  /** Where the listener opens anew. */
  readonly againLine: number;
  /** Who ends the old one and opens anew itself. */
  readonly rival: string;
  readonly endLine: number;
}

export function secondOpeningMessage({ place, event, againLine, rival, endLine }: SecondOpeningWords): string {
  return (
    `\`${place}\` gets a second one here when ${rival} runs: that ends the old one on line ${endLine} and opens anew itself, and the \`${event}\` of the old one ` +
    `opens anew on line ${againLine}. Take the listener away before the end, or let it ask whether it is still the current one that has ended.`
  );
}

export function secondOpeningSteps({ place, event, rival }: Pick<SecondOpeningWords, 'place' | 'event' | 'rival'>): Record<'end' | 'opens' | 'again' | 'open', string> {
  return {
    end: `A, ${rival}, ends what \`${place}\` holds`,
    opens: `A opens anew and stores that in \`${place}\``,
    again: `the \`${event}\` of the old one comes, and opens anew`,
    open: `\`${place}\` gets a second one over A's, which nobody ends`,
  };
}

export interface LateListenerWords {
  readonly place: string;
  /** Name of the event that the listener waits for. */
  readonly event: string;
  readonly openingLine: number;
  readonly opener: string;
  /** Who closes the old one and forgets it; undefined where newer ones come from outside. */
  readonly rival: string | undefined;
  /** Another call of the opener closes the old one and stores its own. */
  readonly rivalIsSelf: boolean;
  /** The look at the state of the old one that lets a newer one in, while the old one is connecting or, where somebody else closes it, closing. */
  readonly lookLine: number | undefined;
}

export function lateListenerMessage({ place, event, openingLine, opener, rival, rivalIsSelf, lookLine }: LateListenerWords): string {
  if (lookLine !== undefined) {
    const state = rivalIsSelf ? 'connecting' : 'closing';
    return (
      `\`${place}\` is cleared here when the \`${event}\` of what ${opener} stored on line ${openingLine} comes, also when another call has stored a newer one by then: ` +
      `the check on line ${lookLine} lets it in while the old one is ${state}. Clear it only if it is still the one that has ended.`
    );
  }
  const replaced = rivalIsSelf ? `another call of ${rival} has replaced it` : `${rival} has made way for a newer one`;
  const newer = rival === undefined ? 'a newer one has come' : replaced;
  return (
    `\`${place}\` is cleared here when the \`${event}\` of what ${opener} stored on line ${openingLine} comes, also when ${newer} by then; ` +
    'that one is lost. Clear it only if it is still the one that has ended.'
  );
}

export function lateListenerSteps({ place, event, opener, rival, rivalIsSelf, lookLine }: LateListenerWords): Record<'open' | 'end' | 'reopen' | 'clear', string> {
  if (lookLine !== undefined) {
    return {
      open: `A, ${opener}, stores one and listens for its \`${event}\``,
      end: rivalIsSelf ? `B, ${opener} again, finds the old one still connecting` : `${rival ?? 'B'} closes it; its \`${event}\` comes later`,
      reopen: rivalIsSelf ? 'B stores a newer one' : `B, ${opener} again, finds the old one no longer open, and stores a newer one`,
      clear: `The \`${event}\` of the old one comes, and A clears \`${place}\`, which belongs to the newer one`,
    };
  }
  const closed = `B, ${opener} again, closes it; its \`${event}\` comes later`;
  const forgotten = rival === undefined ? 'B is called with a newer one, before the old one has ended' : `B, ${rival}, closes it and forgets it at once; its \`${event}\` comes later`;
  return {
    open: `A, ${opener}, stores one and listens for its \`${event}\``,
    end: rivalIsSelf ? closed : forgotten,
    reopen: rivalIsSelf ? 'B stores a newer one' : `B, ${opener} again, stores a newer one`,
    clear: `The \`${event}\` of the old one comes, and A clears \`${place}\`, which belongs to the newer one`,
  };
}

export interface LateHandleWords {
  readonly name: string;
  /** The variable holds several handles. */
  readonly isList: boolean;
  readonly suspensionLine: number;
  /** Where the clean-up ends what it finds. */
  readonly endLine: number;
}

export function lateHandleMessage({ name, isList, suspensionLine, endLine }: LateHandleWords): string {
  return (
    `\`${name}\` ${isList ? 'gets one more' : 'is stored'} here after the suspension on line ${suspensionLine}, also when the clean-up on line ${endLine} has run meanwhile: that ` +
    `found ${isList ? 'the others only' : 'nothing to end'}, and nobody ends this one. ` +
    'Let the clean-up set a flag, and end it here if the flag is set.'
  );
}

export function lateHandleSteps({ name, isList }: LateHandleWords): Record<'suspend' | 'end' | 'store', string> {
  return {
    suspend: 'A suspends; other tasks run',
    end: `B cleans up; \`${name}\` ${isList ? 'lacks the one that is to come' : 'holds nothing yet'}`,
    store: isList ? `A adds to \`${name}\` what nobody ends any more` : `A stores \`${name}\`, which nobody ends any more`,
  };
}

export interface PendingTimerWords {
  readonly flag: string;
  /** What is opened when the timer fires. */
  readonly place: string;
  readonly openingLine: number;
  readonly end: string;
}

export function pendingTimerMessage({ flag, place, openingLine, end }: PendingTimerWords): string {
  return (
    `The timer that is set here goes on after ${end}, which says so in \`${flag}\` and does not clear it: what it runs opens \`${place}\` on line ${openingLine} without ` +
    'another look, and nobody closes that. Clear the timer there, or ask for the flag when it fires.'
  );
}

export function pendingTimerSteps({ flag, place, end }: PendingTimerWords): Record<'set' | 'end' | 'fire', string> {
  return {
    set: `A finds \`${flag}\` down and sets the timer`,
    end: `B, ${end}, closes what \`${place}\` holds and says so in \`${flag}\``,
    fire: `The timer fires: A opens \`${place}\` again, and nobody closes it any more`,
  };
}

export interface LateSecondEndWords {
  readonly place: string;
  /** Who sets the timer that ends it once more. */
  readonly setter: string;
  readonly timerLine: number;
  readonly firstLine: number;
  readonly rival: string;
}

export function lateSecondEndMessage({ place, timerLine, firstLine, rival }: LateSecondEndWords): string {
  return (
    `\`${place}\` is ended once more here when the timer of line ${timerLine} fires, whatever it holds by then: ${rival} may have put another one there since line ${firstLine}, and ` +
    'that is ended instead. Keep the one that was ended in a local, or take the timer away when it has ended.'
  );
}

export function lateSecondEndSteps({ place, setter, rival }: LateSecondEndWords): Record<'first' | 'timer' | 'open' | 'second', string> {
  return {
    first: `A, ${setter}, ends what \`${place}\` holds`,
    timer: `A sets a timer that ends \`${place}\` once more`,
    open: `B, ${rival}, puts another one into \`${place}\``,
    second: `The timer fires: A ends what B has put there`,
  };
}

export interface RacedOpeningWords {
  /** The call that opens. */
  readonly opening: string;
  readonly name: string;
  readonly endLine: number;
}

export function racedOpeningMessage({ opening, name, endLine }: RacedOpeningWords): string {
  return (
    `\`${opening}\` goes on when its time is over: what it opens then does not come into \`${name}\`, and nobody closes it as line ${endLine} would have done. ` +
    'Keep its promise, and close what comes too late.'
  );
}

export function racedOpeningSteps({ opening, name }: RacedOpeningWords): Record<'suspend' | 'limit' | 'open', string> {
  return {
    suspend: `A waits for \`${opening}\`, or for its time to be over`,
    limit: `The timer comes first: A goes on without \`${name}\``,
    open: `\`${opening}\` opens after all, and nobody closes what it has opened`,
  };
}

export interface DroppedHandleWords {
  /** The local that holds what the wait has given. */
  readonly name: string;
  readonly place: string;
  readonly suspensionLine: number;
  readonly endLine: number;
}

export function droppedHandleMessage({ name, place, suspensionLine, endLine }: DroppedHandleWords): string {
  return (
    `\`${name}\` is dropped here when the end has come during the wait of line ${suspensionLine}: line ${endLine} has found nothing in \`${place}\` to take down, ` +
    'and nobody ends this one. End it before going on.'
  );
}

export function droppedHandleSteps({ name, place }: DroppedHandleWords): Record<'suspend' | 'end' | 'drop', string> {
  return {
    suspend: `A waits for \`${name}\``,
    end: `B, the end, finds nothing in \`${place}\``,
    drop: `A sees that the end has come, and drops \`${name}\``,
  };
}

export interface DisplacedControllerWords {
  readonly place: string;
  readonly suspensionLine: number;
  readonly rival: string;
  /** Who aborts what the place holds, and where. */
  readonly stop: string;
  readonly stopLine: number;
}

export function displacedControllerMessage({ place, suspensionLine, rival, stopLine }: DisplacedControllerWords): string {
  return (
    `\`${place}\` gets a new controller here while another call of ${rival} may still wait on line ${suspensionLine} for work that listens to the old one; the abort on line ${stopLine} ` +
    'then stops the new one only. Abort what is there before, refuse a second call while one is under way, or keep one for each.'
  );
}

export function displacedControllerSteps({ place, rival, stop }: Pick<DisplacedControllerWords, 'place' | 'rival' | 'stop'>): Record<'store' | 'suspend' | 'rivalWrite' | 'stop', string> {
  return {
    store: `A puts its controller into \`${place}\``,
    suspend: 'A suspends; other tasks run',
    rivalWrite: `B, ${rival} again, puts its own over A's`,
    stop: `${stop} aborts B's; nobody can stop A any more`,
  };
}

export interface HalfEndWords {
  readonly place: string;
  readonly lookLine: number;
  /** Who opens it, and where. */
  readonly opener: string;
  readonly openingLine: number;
}

export function halfEndMessage({ place, lookLine, openingLine }: HalfEndWords): string {
  return (
    `\`${place}\` is ended here only when it is open, as line ${lookLine} asks: what was begun on line ${openingLine} and is still connecting is let go, opens afterwards, and ` +
    'nobody ends it. End it whatever its state, or as soon as it is open.'
  );
}

export function halfEndSteps({ place, opener }: Pick<HalfEndWords, 'place' | 'opener'>): Record<'open' | 'look', string> {
  return {
    open: `A, ${opener}, begins to connect \`${place}\``,
    look: `B finds that it is not open, and lets it go; it opens afterwards, and nobody ends it`,
  };
}
