/** How names, texts and lists are spelled in a replay. */

const columns = 100;

export function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${indent}${word}`);
  }
  return lines;
}

export function list(names: readonly string[]): string {
  return `[${names.map(quote).join(', ')}]`;
}

export function member(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quote(name)}]`;
}

export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll(`'`, `\\'`)}'`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `service.login` as `serviceLogin`. */
export function camel(path: string): string {
  return path.replaceAll(/\.(\w)/g, (_dot, letter: string) => letter.toUpperCase());
}

/** Names of the written file itself are not free. */
export function safe(name: string): string {
  return ['tasks', 'subject', 'module', 'ticks', 'world', 'inspect', 'vi', 'it', 'expect'].includes(name) ? `${name}Given` : name;
}
