/** One event as one line of stable text. */
import type { Event, Value } from '../events/event.js';

export function formatEvent(event: Event): string {
  switch (event.kind) {
    case 'read':
      return `read ${event.place.text}${event.place.path.at(-1)?.kind === 'element' ? ' (element)' : ''}`;
    case 'write':
      return `write ${event.place.text} (${event.how})`;
    case 'use':
      return `use ${event.binding.name}`;
    case 'define':
      return `define ${event.binding.name}${formatValue(event.value)}`;
    case 'call':
      return `call ${event.name ?? '<computed>'}${event.consumption === 'awaited' ? ' (awaited)' : ''}`;
    case 'suspend':
      return `suspend (${event.reason})`;
    case 'acquire':
      return `acquire ${event.lock.text} (${event.mode})`;
    case 'release':
      return `release ${event.lock.text}`;
    case 'slot':
      return `slot ${event.place?.text ?? event.binding?.name ?? '?'}`;
    case 'test':
      return `test ${oneLine(event.node.getText())}`;
    case 'return':
      return `return${formatValue(event.value)}`;
    case 'throw':
      return 'throw';
    case 'closure':
      return 'closure';
  }
}

function formatValue(value: Value | undefined): string {
  if (value === undefined) return '';
  return value.place === undefined ? '' : ` = ${value.place.text}`;
}

function oneLine(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ');
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat;
}
