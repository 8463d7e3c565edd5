// Every action that is offered now, in one list: keys, palette and the list of shortcuts are made from it.
// Action · actions · screenAction · isMac · keyHint

import { type Named, SCREEN_ACTIONS, type ScreenAction } from '../shared/actions.ts'
import { singleKeys } from './settings.ts'

/** One thing that can be done. */
export interface Action extends Named {
  /** Unique; names are for people. */
  id: string
  /** The heading under which lists show it. */
  group: string
  /** Its key is heard by the text itself, and only there. */
  inText?: boolean
  /** Whether it makes sense at this moment; always, when it does not say. */
  available?(): boolean
  run(): unknown
}

/** The registry. */
class Actions {
  readonly #all = new Map<string, Action>()

  /** Offers actions until the returned function is called. One that has an id again takes the place of the former. */
  add(...added: readonly Action[]): () => void {
    for (const action of added) this.#all.set(action.id, action)
    return () => {
      for (const action of added) if (this.#all.get(action.id) === action) this.#all.delete(action.id)
    }
  }

  /** What makes sense now, in the order in which it was added. */
  list(): Action[] {
    return [...this.#all.values()].filter(offered)
  }

  /** Does it, if it is offered and makes sense now. */
  run(id: string): boolean {
    const action = this.#all.get(id)
    if (!action || !offered(action)) return false
    void action.run()
    return true
  }

  /** Does what a key asks for anywhere on the screen; false when it means nothing here. */
  heard(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return false
    const silent = !singleKeys() || isTyping(event)
    const means = (key?: string) => key !== undefined && !(silent && key.length === 1) && isKey(event, key)
    // Whether something makes sense may take a while to tell, and this is asked at every key of whoever types.
    const found = [...this.#all.values()].find(
      action => !action.inText && (means(action.key) || means(action.otherKey)) && offered(action),
    )
    if (!found) return false
    event.preventDefault()
    void found.run()
    return true
  }
}

function offered({ available }: Action): boolean {
  return available?.() ?? true
}

/** What this screen offers. */
export const actions = new Actions()

/** An action that menus show too, under its common name. */
export function screenAction(id: ScreenAction, group: string, run: () => unknown, available?: () => boolean): Action {
  return { id, group, run, ...SCREEN_ACTIONS[id], ...(available && { available }) }
}

// ---- keys

export const isMac = /Mac|iP(hone|ad|od)/.test(globalThis.navigator?.platform ?? '')

function isKey(event: KeyboardEvent, key: string): boolean {
  const parts = key.split('-')
  const letter = parts.pop()!
  const mod = parts.includes('Mod')
  const ctrl = parts.includes('Ctrl') || (mod && !isMac)
  if (event.ctrlKey !== ctrl || event.metaKey !== (mod && isMac) || event.altKey !== parts.includes('Alt')) return false
  // Where “?” is, is the keyboard's affair.
  if (event.shiftKey !== parts.includes('Shift') && !/^[^\p{L}\p{N}]$/u.test(letter)) return false
  return event.key.toLowerCase() === letter.toLowerCase()
}

function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}

const SIGNS: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', Enter: '↵' }

/** A key as people know it: “Ctrl+B”, or “⌘B” on a Mac. */
export function keyHint(key: string, mac = isMac): string {
  const words: Record<string, string> = mac
    ? { Mod: '⌘', Shift: '⇧', Alt: '⌥', Ctrl: '⌃' }
    : { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' }
  const parts = key
    .split('-')
    .map(part => words[part] ?? SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part))
  return parts.join(mac ? '' : '+')
}
