// Passwords: which are good enough, how they are hashed, and how wrong ones are counted.
// Passwords (check · hash · verify · outdated) · Attempts · randomPassword

import { randomBytes, randomInt } from 'node:crypto'
import argon2 from 'argon2'
import { WikiError } from '../../shared/errors.ts'
import { titleKey } from '../../shared/titles.ts'
import type { Config } from '../config.ts'
import { Gate } from './gate.ts'
import { inWords, type Limiter } from './limiter.ts'

/** The fewest and most characters of a password. */
export const PASSWORD_MIN = 8
export const PASSWORD_MAX = 256

let common: Promise<Set<string>> | null = null

// Unpacked at the first new password: no start waits for it.
function commonPasswords(): Promise<Set<string>> {
  common ??= import('@zxcvbn-ts/language-common')
    .then(({ dictionary }) => new Set(dictionary['passwords-common'].filter(word => word.length >= PASSWORD_MIN)))
    .catch(error => {
      // The next one tries again.
      common = null
      throw error
    })
  return common
}

const SALT_BYTES = 16
const HASH_BYTES = 32

/** argon2id behind a gate, so that a flood of sign-ins costs neither the memory nor the threads that readers need. */
export class Passwords {
  readonly #costs: { memoryCost: number; timeCost: number; parallelism: number }
  readonly #gate: Gate
  /** Well formed, matches nothing, takes as long as any other. */
  readonly #nobody: string

  constructor(config: Pick<Config, 'hashMemory' | 'hashTime' | 'limits'>) {
    this.#costs = { memoryCost: config.hashMemory, timeCost: config.hashTime, parallelism: 1 }
    this.#gate = new Gate(config.limits.hashes, config.limits.hashQueue)
    const [salt, hash] = [SALT_BYTES, HASH_BYTES].map(n => randomBytes(n).toString('base64').replace(/=+$/, ''))
    this.#nobody = `$argon2id$v=19$m=${config.hashMemory},t=${config.hashTime},p=1$${salt}$${hash}`
  }

  /**
   * Whether somebody of this name may take this password.
   * @throws WikiError `invalid`, field `password`, with a sentence that says what to change
   */
  async check(password: string, username: string): Promise<void> {
    const refuse = (why: string): never => {
      throw new WikiError('invalid', why, { field: 'password' })
    }
    const length = lengthOf(password)
    if (length < PASSWORD_MIN) refuse(`A password has at least ${PASSWORD_MIN} characters.`)
    if (length > PASSWORD_MAX) refuse(`A password has at most ${PASSWORD_MAX} characters.`)
    if ((await commonPasswords()).has(plain(password).toLowerCase()) || /^(.)\1*$/su.test(password))
      refuse('This is one of the passwords that everybody tries first. A few words make a good one.')
    if (titleKey(password) === titleKey(username)) refuse('The password must not be the name.')
  }

  /** The hash to keep. @throws WikiError `busy` when too many are waiting */
  hash(password: string): Promise<string> {
    return this.#gate.pass(() =>
      argon2.hash(plain(password), { type: argon2.argon2id, hashLength: HASH_BYTES, ...this.#costs }),
    )
  }

  /** Whether the password belongs to the hash; as slow and always false for null. @throws WikiError `busy` */
  async verify(hash: string | null, password: string): Promise<boolean> {
    if (lengthOf(password) > PASSWORD_MAX) return false
    return (await this.#gate.pass(() => argon2.verify(hash ?? this.#nobody, plain(password)))) && hash !== null
  }

  /** Whether the hash was made at other costs than today's. */
  outdated(hash: string): boolean {
    return argon2.needsRehash(hash, this.#costs)
  }
}

function lengthOf(password: string): number {
  return [...password.normalize('NFC')].length
}

// Keyboards and systems disagree about how an “é” is written down.
function plain(password: string): string {
  return password.normalize('NFKC')
}

/** Counts wrong passwords. Guesses about one account, or from one address, are judged one after the other. */
export class Attempts {
  readonly #turns = new Map<string, Gate>()

  constructor(
    private readonly limiter: Limiter,
    private readonly queue: number,
  ) {}

  /**
   * Judges one guess, and counts it if it was wrong.
   * @param account whose password is guessed; counted whether or not there is such an account
   * @param address who guesses, where that is to be counted too
   * @returns what `judge` found, or null for a wrong guess
   * @throws WikiError `busy` with `retryAfter` while there were too many
   */
  guess<T>(account: string, address: string | null, judge: () => Promise<T | null>): Promise<T | null> {
    const judged = () => this.#turn(`account ${account}`, () => this.#judge(account, address, judge))
    return address === null ? judged() : this.#turn(`address ${address}`, judged)
  }

  /** Forgets an account's wrong guesses. */
  forget(account: string): void {
    this.limiter.reset('signInAccount', account)
  }

  async #judge<T>(account: string, address: string | null, judge: () => Promise<T | null>): Promise<T | null> {
    refuseFor(this.limiter.blockedFor('signInAccount', account), 'for this account')
    if (address !== null) refuseFor(this.limiter.blockedFor('signInAddress', address), 'from your address')
    const found = await judge()
    if (found !== null) {
      this.forget(account)
    } else {
      this.limiter.draw('signInAccount', account)
      if (address !== null) this.limiter.draw('signInAddress', address)
    }
    return found
  }

  async #turn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const gate = this.#turns.get(key) ?? new Gate(1, this.queue)
    this.#turns.set(key, gate)
    try {
      return await gate.pass(work)
    } finally {
      if (gate.idle) this.#turns.delete(key)
    }
  }
}

function refuseFor(seconds: number, where: string): void {
  if (seconds === 0) return
  throw new WikiError('busy', `There were too many wrong passwords ${where}. Try again in ${inWords(seconds)}.`, {
    retryAfter: seconds,
  })
}

/** A password of about 79 bits that can be read aloud. */
export function randomPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
  const letters = Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}
