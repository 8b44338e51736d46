/** Stable identities of findings: rule, file, function and place, but no line. */

/** FNV-1a, 64 bit, as 16 hexadecimal digits. */
function hash(text: string): string {
  const prime = 0x100000001b3n;
  let value = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    value ^= BigInt(text.charCodeAt(index));
    value = (value * prime) & 0xffffffffffffffffn;
  }
  return value.toString(16).padStart(16, '0');
}

/**
 * The last two parts of a file's path tell it apart from its neighbours and are the same on every machine; the ordinal
 * tells equal findings of one function apart.
 */
export function fingerprint(rule: string, file: string, functionName: string, place: string, ordinal: number): string {
  const tail = file.split('/').slice(-2).join('/');
  return hash([rule, tail, functionName, place, String(ordinal)].join('\u0000'));
}
