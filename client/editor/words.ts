// What the editor answers to Ctrl-S.
// saveWords

import type { ProviderStatus } from './provider.ts'

const WORDS: Record<ProviderStatus['save'], (pending: number) => string> = {
  loading: () => 'The page is still being opened.',
  saved: () => 'Everything is saved. That happens by itself, at every key.',
  saving: () => 'This is being saved.',
  offline: pending => `You are offline. ${changes(pending)} kept on this device and sent as soon as that is possible.`,
  unsaved: () => 'This is not saved yet. It is tried again and again; you can copy the text meanwhile.',
}

function changes(n: number): string {
  return n === 1 ? '1 change is' : `${n} changes are`
}

/** Whether everything is saved, as a sentence. */
export function saveWords({ save, pending }: ProviderStatus): string {
  return WORDS[save](pending)
}
