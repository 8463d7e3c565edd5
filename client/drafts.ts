// Recovery drafts: work the server did not take, kept on this device until its author discards it.
// saveDraft · listDrafts · discardDraft · onDrafts

import { type Draft, device } from './device.ts'

export type { Draft } from './device.ts'

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('chorus-drafts')
const listeners = new Set<() => void>()

function changed(): void {
  for (const listener of listeners) listener()
}

channel?.addEventListener('message', changed)

/**
 * Keeps a draft.
 * @throws DOMException where the device keeps nothing; show the text then, so that it can be copied
 */
export async function saveDraft(draft: Omit<Draft, 'id' | 'at'>): Promise<Draft> {
  const kept = { ...draft, id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, at: Date.now() }
  await (await device()).put('drafts', kept)
  channel?.postMessage(null)
  changed()
  return kept
}

/** A user's drafts (a guest's for null), newest first; none where the device keeps nothing. */
export async function listDrafts(user: number | null): Promise<Draft[]> {
  try {
    const all = await (await device()).getAll('drafts')
    return all.filter(draft => draft.user === user).sort((a, b) => b.at - a.at)
  } catch {
    return []
  }
}

/** Forgets a draft. */
export async function discardDraft(id: string): Promise<void> {
  await (await device()).delete('drafts', id)
  channel?.postMessage(null)
  changed()
}

/** Calls back whenever drafts change, in any tab; returns how to stop. */
export function onDrafts(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
