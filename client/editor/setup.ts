// What the editor is made of: the shared text, how it looks, who is in it, its keys, and whether it can be written.
// editing · mode

import { defaultKeymap } from '@codemirror/commands'
import { deleteMarkupBackward, insertNewlineContinueMarkupCommand } from '@codemirror/lang-markdown'
import { searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension, Prec, type StateEffect } from '@codemirror/state'
import { EditorView, type KeyBinding, keymap, placeholder } from '@codemirror/view'
import type { Connection } from '../connection.ts'
import { textKeys } from './at-hand.ts'
import { namesOnce } from './block-names.ts'
import { menus } from './completion.ts'
import { formatBar } from './format-bar.ts'
import { markdownText } from './highlighting.ts'
import { endList } from './levels.ts'
import { livePreview } from './live-preview.ts'
import { pasting } from './paste.ts'
import { myPoint, othersHere } from './presence.ts'
import { finding } from './search-panel.ts'
import type { ProviderStatus, Room } from './status.ts'
import { uploads } from './uploads.ts'
import { wrapping } from './wrapping.ts'

/** What the editor needs from the element that holds it. */
export interface Holder {
  title(): string
  /** Whose files go into which page. */
  page: number
  user: number | null
  /** The id of the element that tells what the keys do. */
  describedBy: string
  keys: readonly KeyBinding[]
  more: Extension
  /** Pixels at the top and at the bottom of the window in which a line cannot be seen. */
  covered(): { top: number; bottom: number }
}

const access = new Compartment()

/** Everything but the binding to the shared text, which has to come first. Begins read-only; `mode` changes that. */
export function editing(
  room: Room,
  connection: Pick<Connection, 'request' | 'on' | 'onState' | 'state'>,
  holder: Holder,
): Extension {
  return [
    access.of(accessOf(room.status)),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of(() => ({
      'aria-label': holder.title() === '' ? 'Text' : `Text of ${holder.title()}`,
      'aria-multiline': 'true',
      'aria-describedby': holder.describedBy,
      spellcheck: 'true',
      autocorrect: 'on',
      autocapitalize: 'sentences',
      writingsuggestions: 'true',
    })),
    EditorView.scrollMargins.of(view => {
      // How much of the editor is covered, which for tooltips may be nothing while its top is in sight.
      const { top, bottom } = holder.covered()
      return { top: Math.max(0, Math.min(top, top - view.dom.getBoundingClientRect().top)), bottom }
    }),
    // Before the classes of lines: what it draws stands within their boxes.
    livePreview(connection),
    markdownText,
    othersHere(room.text, () => room.people),
    myPoint(room.text, (anchor, head) => room.point(anchor, head)),
    uploads({ text: room.text, ready: room.synced, page: holder.page, user: holder.user, connection }),
    menus(connection, holder.title),
    formatBar,
    wrapping,
    pasting,
    namesOnce,
    finding,
    holder.more,
    Prec.high(keymap.of([...textKeys, ...holder.keys])),
    keymap.of([
      { key: 'Enter', run: endList },
      { key: 'Enter', run: insertNewlineContinueMarkupCommand({ nonTightLists: false }) },
      { key: 'Backspace', run: deleteMarkupBackward },
      ...searchKeymap,
      ...defaultKeymap,
    ]),
  ]
}

/** Lets the text be written, or only read, as the room says. */
export function mode(status: ProviderStatus): StateEffect<unknown> {
  return access.reconfigure(accessOf(status))
}

function accessOf({ writable, save }: ProviderStatus): Extension {
  const words =
    save === 'loading'
      ? 'Opening the page …'
      : writable
        ? 'Write here. / puts something in, [[ links to another page.'
        : ''
  return [
    EditorState.readOnly.of(!writable),
    EditorView.editable.of(writable),
    // Text that is only read still has to be reached by keyboard.
    writable ? [] : EditorView.contentAttributes.of({ 'aria-readonly': 'true', tabindex: '0' }),
    words === '' ? [] : placeholder(words),
  ]
}
