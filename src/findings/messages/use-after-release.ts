/** The words of `no-use-after-release`. */

export interface ReleasedWords {
  readonly handle: string;
  readonly releaseLine: number;
  readonly kind: 'use' | 'second-end' | 'work';
}

export function releasedMessage({ handle, releaseLine, kind }: ReleasedWords): string {
  if (kind === 'work') {
    return (
      `\`${handle}\` is released on line ${releaseLine} while the work that is started here is still under way; ` +
      'nothing waits for it. Await it before the release.'
    );
  }
  if (kind === 'second-end') {
    return (
      `\`${handle}\` is released here although it was released on line ${releaseLine} on every way here; ` +
      'the second release gives back what others still hold. Release it once, in `finally`.'
    );
  }
  return `\`${handle}\` is used here after it was released on line ${releaseLine}. Release it after its last use.`;
}

export interface HandedOutWords {
  readonly handle: string;
  readonly endLine: number;
  readonly isUsing: boolean;
}

export function handedOutMessage({ handle, endLine, isUsing }: HandedOutWords): string {
  return isUsing
    ? `\`${handle}\` is returned here, and disposed of on the way out, because line ${endLine} declares it with \`using\`. Declare it with \`const\`, and let the caller end it.`
    : `\`${handle}\` is returned here, and ended on the way out on line ${endLine}. End it only where the function fails, and let the caller end it otherwise.`;
}

export interface EndedInPlaceWords {
  readonly element: string;
  readonly collection: string;
  readonly taker: string;
  readonly suspensionLine: number;
  readonly isAwait: boolean;
}

export function endedInPlaceMessage({ element, collection, taker, suspensionLine, isAwait }: EndedInPlaceWords): string {
  const pause = `the ${isAwait ? '`await`' : 'suspension'} on line ${suspensionLine}`;
  return `\`${element}\` is ended here while \`${collection}\` still holds it; ${taker} can take it out during ${pause}, and use what is gone. Empty \`${collection}\` before, and end what was in it.`;
}

export interface EvictedWords {
  readonly handle: string;
  readonly place: string;
  readonly takenLine: number;
  readonly suspensionLine: number;
  readonly rival: string;
  readonly rivalLine: number;
  readonly isShare: boolean;
}

export function evictedMessage(words: EvictedWords): string {
  const act = words.isShare ? 'is retained' : 'is used';
  const remedy = words.isShare
    ? 'Retain it where it is looked up, before the suspension.'
    : 'Take a share in it before the suspension, or look it up again after it.';
  return (
    `\`${words.handle}\`, taken from \`${words.place}\` on line ${words.takenLine}, ${act} here after the suspension on line ` +
    `${words.suspensionLine}; ${words.rival} ends it on line ${words.rivalLine} meanwhile. ${remedy}`
  );
}

export interface TornDownWords {
  readonly place: string;
  readonly tested: string;
  readonly testLine: number;
  readonly suspensionLine: number;
  readonly rival: string;
  readonly rivalLine: number;
  readonly isEmptied: boolean;
}

export function tornDownMessage(words: TornDownWords): string {
  const { place, tested } = words;
  const act = words.isEmptied ? 'clears' : 'closes';
  const subject = tested === place ? `it was tested on line ${words.testLine}` : `\`${tested}\` was tested on line ${words.testLine}`;
  const remedy = tested === place ? 'Keep it in a local before the suspension, or test it again after it.' : `Test \`${tested}\` again after the suspension.`;
  return (
    `\`${place}\` is used here, but ${subject}, before the suspension on line ${words.suspensionLine}; ` +
    `${words.rival} ${act} it on line ${words.rivalLine} meanwhile. ${remedy}`
  );
}
