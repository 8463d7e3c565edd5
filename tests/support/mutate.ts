// Inputs that nobody honest would send: bytes bent, cut and spliced; edits forged; values of every wrong kind.
// bend · forge · nonsense

import { encode, type Run } from '../../shared/update.ts'
import type { Random } from './random.ts'

/** Bytes that were others once: flipped, cut off, doubled, spliced, or with a number made huge. */
export function bend(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  // A Buffer's own slice would be a window on it.
  let bent = Uint8Array.from(bytes)
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(bent.length + 1)
    switch (random.below(6)) {
      case 0:
        for (let flips = 1 + random.below(4); flips > 0; flips--)
          if (bent.length > 0) bent[random.below(bent.length)]! ^= 1 << random.below(8)
        break
      case 1:
        bent = bent.slice(0, at)
        break
      case 2:
        bent = Uint8Array.of(...bent.slice(0, at), ...other.slice(random.below(other.length + 1)))
        break
      case 3:
        bent = Uint8Array.of(...bent.slice(0, at), ...bent.slice(random.below(bent.length + 1)))
        break
      case 4:
        bent = Uint8Array.of(...bent.slice(0, at), ...HUGE[random.below(HUGE.length)]!, ...bent.slice(at + 1))
        break
      default:
        bent = Uint8Array.from(bent, byte => (random.chance(0.02) ? random.below(256) : byte))
    }
  }
  return bent
}

/** Numbers as Yjs writes them: 2^31, 2^53, and one that never ends. */
const HUGE = [
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
  Array.from({ length: 20 }, () => 0xff),
]

/** An edit that is well written and wrong: of ids and clocks that are not its author's, or not anybody's. */
export function forge(known: { client: number; clock: number }[], random: Random): Uint8Array {
  const id = () => {
    const { client, clock } = random.of(known)
    return { client, clock: random.chance(0.8) ? random.below(clock + 2) : random.below(2 ** 40) }
  }
  const runs: Run[] = []
  let { client, clock } = id()
  if (random.chance(0.5)) [client, clock] = [random.below(2 ** 32), 0]
  for (let i = random.below(4); i >= 0; i--) {
    const content = random.chance(0.1) ? null : random.of(['x', 'forged ', '🥐', '\ud83e', '\r\n', '\0', 'é'])
    const origin = random.chance(0.7) ? id() : null
    const right = random.chance(0.5) ? id() : null
    const length = content?.length ?? 1 + random.below(2 ** 31)
    runs.push({ client, clock, length, origin, right, parent: origin || right ? null : 'text', content })
    clock += length
  }
  const deletes = Array.from({ length: random.below(6) }, () => ({ ...id(), length: 1 + random.below(200) }))
  return encode({ runs: random.chance(0.8) ? runs : [], deletes })
}

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '\0',
  '\ud800',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  '9'.repeat(400),
  'a'.repeat(5_000),
  '%',
  '_',
  '*',
  '"*" OR "',
  'NEAR(',
  '',
]

/** Any value at all, as deep as `depth`. `hints` are values that mean something to somebody. */
export function nonsense(random: Random, hints: readonly unknown[], depth = 3): unknown {
  switch (random.below(depth > 0 ? 10 : 8)) {
    case 0:
      return random.of(WORDS)
    case 1:
      return random.of([0, -1, 1.5, 2 ** 53, -(2 ** 53), 1e308, Number.NaN, random.below(1000)])
    case 2:
      return random.chance(0.5)
    case 3:
      return null
    case 4:
      return Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256))).toString('base64')
    case 5:
      return String.fromCharCode(...Array.from({ length: random.below(20) }, () => random.below(0x10000)))
    case 6:
    case 7:
      return random.of(hints)
    case 8:
      return Array.from({ length: random.below(5) }, () => nonsense(random, hints, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [random.of(KEYS), nonsense(random, hints, depth - 1)]),
      )
  }
}

const KEYS = [
  ...['page', 'title', 'edits', 'update', 'vector', 'content', 'user', 'role', 'text', 'base', 'epoch', 'after'],
  ...['limit', 'match', 'query', 'append', 'replace', 'with', 'section', 'set', '__proto__', 'constructor', ''],
]
