// What was written, acknowledged, seen and deleted, and what that means for the text in the end.
// Ledger · Verdict. Every insertion is a token that occurs nowhere else, so that each can be looked for by itself.

/** What is wrong, and how much went right. Only the counts of the first line may be above zero. */
export interface Verdict {
  acknowledged: number
  deleted: number
  /** Acknowledged, never deleted, and not there. */
  lost: number
  /** Not acknowledged, but its author was there until the end; and not there. */
  lostHeld: number
  /** Seen by somebody else, never deleted, and not there. */
  lostSeen: number
  /** There more than once. */
  doubled: number
  /** Deleted, the deletion acknowledged, and there. */
  undead: number
}

interface Fact {
  insertion: 'open' | 'acknowledged' | 'abandoned'
  deletion: 'none' | 'open' | 'acknowledged' | 'abandoned'
  seen: boolean
}

/** Keeps account of every token. */
export class Ledger {
  readonly #facts = new Map<string, Fact>()
  #count = 0

  /** A new token, about to be inserted; it cuts no other and is cut by none. */
  token(): string {
    const token = `⟦${(this.#count++).toString(36)}⟧`
    this.#facts.set(token, { insertion: 'open', deletion: 'none', seen: false })
    return token
  }

  /** All tokens in a text, in order, with where they begin. */
  static in(text: string): { token: string; at: number }[] {
    return [...text.matchAll(/⟦[0-9a-z]+⟧/g)].map(match => ({ token: match[0], at: match.index }))
  }

  acknowledged(token: string, what: 'insertion' | 'deletion'): void {
    this.#facts.get(token)![what] = 'acknowledged'
  }

  /** Somebody begins to delete it; it does not matter how many do. */
  deleting(token: string): void {
    const fact = this.#facts.get(token)!
    if (fact.deletion === 'none') fact.deletion = 'open'
  }

  /** Somebody else than its author was told of it. */
  saw(token: string): void {
    const fact = this.#facts.get(token)
    if (fact) fact.seen = true
  }

  /** Its author has died with it: from now on it may be there or not. */
  abandoned(token: string, what: 'insertion' | 'deletion'): void {
    const fact = this.#facts.get(token)!
    if (fact[what] === 'open') fact[what] = 'abandoned'
  }

  /** What the text in the end says about all of them. */
  judge(text: string): Verdict {
    const times = new Map<string, number>()
    for (const { token } of Ledger.in(text)) times.set(token, (times.get(token) ?? 0) + 1)
    const verdict = { acknowledged: 0, deleted: 0, lost: 0, lostHeld: 0, lostSeen: 0, doubled: 0, undead: 0 }
    for (const [token, { insertion, deletion, seen }] of this.#facts) {
      const there = times.get(token) ?? 0
      if (insertion === 'acknowledged') verdict.acknowledged++
      if (deletion === 'acknowledged') verdict.deleted++
      if (there > 1) verdict.doubled++
      if (deletion === 'acknowledged' && there > 0) verdict.undead++
      if (deletion === 'none' && there === 0) {
        if (insertion === 'acknowledged') verdict.lost++
        else if (insertion === 'open') verdict.lostHeld++
        if (seen) verdict.lostSeen++
      }
    }
    return verdict
  }
}
