// How it stands with a room, and what follows from that for whoever writes: the save light, its words, the pen.
// RoomState · SaveState · ProviderStatus · Room · statusOf · whyReadOnly

import type * as Y from 'yjs'
import type { Presence } from '../../shared/protocol.ts'

/**
 * How it stands with a room. `loading`: what the device holds is being read. `away`: no line, or a server in trouble; it
 * is opened again by itself. `paused`: somebody has to sign in first. `over`: what is here cannot be sent, ever.
 */
export type RoomState = 'loading' | 'away' | 'opening' | 'open' | 'paused' | 'over' | 'closed'

/** What the save light says; see DESIGN promise 4. */
export type SaveState = 'loading' | 'saved' | 'saving' | 'offline' | 'signed-out' | 'unsaved'

/** Everything a view needs to show about a room. */
export interface ProviderStatus {
  save: SaveState
  /** Edits of this tab (and of earlier ones on this device) that the server has not acknowledged. */
  pending: number
  writable: boolean
  /** Whether there is a text to show. */
  hasText: boolean
  /** Everyone else who is here. */
  people: readonly Presence[]
  /** What a person should know, where the state alone does not say it. */
  message?: string
  /** The text has become a recovery draft. */
  drafted?: boolean
}

/** What an editor needs of the room whose text it shows. */
export interface Room {
  readonly text: Y.Text
  /** Resolves once the text is there, or why it is not is known. */
  readonly synced: Promise<void>
  readonly status: ProviderStatus
  /** Everyone else who is here. */
  readonly people: readonly Presence[]
  /** Whether anything was written that the server has not acknowledged. */
  readonly unacknowledged: boolean
  /** Calls back at every change of status; returns how to stop. */
  onStatus(listener: (status: ProviderStatus) => void): () => void
  /** Tells the others where the cursor is. */
  point(anchor: string | null, head: string | null): void
  /** Sends what can be sent and leaves. */
  close(): Promise<void>
}

/** What a status is made of. */
interface Facts {
  state: RoomState
  /** Why it is `paused` or `over`. */
  why: string | null
  /** Whether the server greets. */
  online: boolean
  /** Whether the text is there, or why it is not is known. */
  synced: boolean
  /** Whether the whole text is here, from the server or from this device, and not only edits of it. */
  hasText: boolean
  /** Why this user may not write, else null. */
  readOnly: string | null
  /** Whether the device keeps what is written. */
  keeps: boolean
  /** What is unacknowledged: how many edits, how many of them are on the device, and whether that is so for too long. */
  edits: number
  kept: number
  late: boolean
  drafted: boolean
  people: readonly Presence[]
}

const NOT_KEPT = 'This browser keeps nothing on this device. Copy your text before you close this tab.'
const READ_ONLY = 'Your account may read this page, but not change it.'

/** What follows from the facts. */
export function statusOf(facts: Facts): ProviderStatus {
  const { state, why, readOnly, edits, kept, people } = facts
  const stays = state === 'over' || state === 'paused'
  const lost = edits > 0 && state !== 'open' && !facts.keeps
  const message = why ?? (lost ? NOT_KEPT : readOnly)
  return {
    save: saveOf(facts, lost),
    // Only what is written on this device counts where nothing can be sent: that is what the light says.
    pending: isAway(facts) && !lost ? kept : edits,
    writable: facts.synced && facts.hasText && !stays && readOnly === null,
    hasText: facts.hasText,
    people,
    ...(message === null ? {} : { message }),
    ...(facts.drafted && { drafted: true }),
  }
}

function saveOf(facts: Facts, lost: boolean): SaveState {
  const { state, edits } = facts
  const paused = state === 'paused'
  if (state === 'over') return 'unsaved'
  // Until somebody signs in, nothing more will come.
  if (!facts.synced && !paused) return 'loading'
  // While the room is opened again, only what is unacknowledged matters.
  if (isAway(facts)) return lost ? 'unsaved' : paused ? 'signed-out' : 'offline'
  if (edits === 0) return 'saved'
  return facts.late ? 'unsaved' : 'saving'
}

/** Nothing can be sent: there is no line, or nobody is signed in on it who may. */
function isAway({ state, online }: Facts): boolean {
  return state === 'paused' || (state !== 'open' && !online)
}

/** Why somebody who may read cannot write: the page's protection, and by whom if that was just now, or their account. */
export function whyReadOnly(protection: string | null, by?: string): string {
  if (protection === null) return READ_ONLY
  const why = protection === '' ? '' : ` “${protection}”`
  return by
    ? `${by} protected this page: only admins can change it now.${why}`
    : `This page is protected: only admins can change it.${why}`
}
