// A text's fingerprint, by which two ends of a line find out that they do not hold the same text.
// fingerprint

/**
 * 64 bits of a text in base 36, the same on both sides, about 2 ms for a million characters. Not for keeping secrets.
 * Halves of a character count like the U+FFFD that Yjs leaves in their place: in one copy perhaps, and not yet in another.
 * Mixing as in MurmurHash3's finaliser (Austin Appleby, public domain), over two lanes.
 */
export function fingerprint(text: string): string {
  let [high, low] = [0x9e3779b9, 0x85ebca6b]
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit < 0xe000) unit = 0xfffd
    high = Math.imul(high ^ unit, 0x85ebca6b)
    low = Math.imul(low ^ unit, 0xc2b2ae35)
    high ^= high >>> 15
    low ^= low >>> 13
  }
  high = Math.imul(high ^ (low >>> 16), 0x85ebca6b)
  low = Math.imul(low ^ (high >>> 13), 0xc2b2ae35)
  return `${text.length.toString(36)}.${(high >>> 0).toString(36)}.${(low >>> 0).toString(36)}`
}
