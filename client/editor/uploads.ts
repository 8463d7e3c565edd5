// Files put into the text: dropped, pasted or chosen. Until one has been sent, a card stands in its place, which is no
// part of the text; without a connection the file waits on this device, also until the next visit.
// uploads · chooseFiles · uploading · awaitsFiles · leftBehind

import { type EditorState, type Extension, Facet, StateEffect, StateField } from '@codemirror/state'
import { type Command, Decoration, type DecorationSet, EditorView, ViewPlugin } from '@codemirror/view'
import * as Y from 'yjs'
import type { WikiError } from '../../shared/errors.ts'
import { fileName } from '../../shared/files.ts'
import type { File as FileShape } from '../../shared/protocol.ts'
import type { Connection } from '../connection.ts'
import { sendFile } from '../sending.ts'
import { keptFiles } from './kept-files.ts'
import { type Sending, UploadCard } from './upload-card.ts'

/** Where files go: which page's text, on whose behalf. */
export interface UploadsOptions {
  text: Y.Text
  /** When the text is here. */
  ready: Promise<void>
  page: number
  user: number | null
  connection: Pick<Connection, 'state' | 'onState'>
}

interface Held {
  sending: Sending
  pos: number
}

/** Milliseconds until a file that found no way is tried again. */
const AGAIN = 5_000
/** Milliseconds until a file that was sent is put again into a text that could not be changed. */
const SOON = 1_000

const begun = StateEffect.define<Held>({ map: (held, changes) => ({ ...held, pos: changes.mapPos(held.pos, 1) }) })
const moved = StateEffect.define<Sending>()
const ended = StateEffect.define<string>()

/** The cards, by where they stand. */
const cards = StateField.define<readonly Held[]>({
  create: () => [],
  update(held, { changes, docChanged, effects }) {
    let next = docChanged ? held.map(one => ({ ...one, pos: changes.mapPos(one.pos, 1) })) : held
    for (const effect of effects) {
      if (effect.is(begun)) next = [...next, effect.value]
      if (effect.is(moved))
        next = next.map(one => (one.sending.id === effect.value.id ? { ...one, sending: effect.value } : one))
      if (effect.is(ended)) next = next.filter(one => one.sending.id !== effect.value)
    }
    return next
  },
  provide: field => EditorView.decorations.from(field, drawn),
})

function drawn(held: readonly Held[]): DecorationSet {
  const all = held.map(({ sending, pos }) => Decoration.widget({ widget: new UploadCard(sending), side: 1 }).range(pos))
  return Decoration.set(all, true)
}

class Uploads {
  readonly #under = new Map<string, { file: Blob; stop: AbortController | null; alone: boolean }>()
  readonly #stop: () => void
  #gone = false

  constructor(
    private readonly view: EditorView,
    private readonly options: UploadsOptions,
  ) {
    this.#stop = options.connection.onState(state => {
      if (state === 'online') this.#again()
    })
    void this.#resume()
  }

  destroy(): void {
    this.#stop()
    this.#gone = true
    // What is not sent yet waits on the device for the next visit.
    for (const { stop } of this.#under.values()) stop?.abort()
  }

  /** Takes files that somebody has put at a position. */
  take(files: readonly File[], pos: number): void {
    for (const file of files) void this.#begin(file, fileName(file.name || 'picture.png'), pos, files.length === 1)
  }

  async #begin(file: Blob, name: string, pos: number, alone: boolean): Promise<void> {
    const { page, user, text } = this.options
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
    this.#show(id, file, name, pos, alone)
    if (user !== null) {
      const place = Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, pos, -1))
      const bytes = await file.arrayBuffer().catch(() => null)
      const kept =
        bytes !== null &&
        (await keptFiles.keep({ id, user, page, name, type: file.type, bytes, place, at: Date.now() + pos / 1e9 }))
      this.#tell(id, { kept })
    }
    await this.#send(id)
  }

  #show(id: string, file: Blob, name: string, pos: number, alone: boolean): void {
    this.#under.set(id, { file, stop: null, alone })
    const picture = /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) ? URL.createObjectURL(file) : null
    const sending: Sending = {
      id,
      name,
      picture,
      state: 'sending',
      share: 0,
      words: '',
      kept: false,
      cancel: () => this.#end(id),
      again: () => void this.#send(id),
    }
    this.view.dispatch({ effects: begun.of({ sending, pos: Math.min(pos, this.view.state.doc.length) }) })
  }

  async #send(id: string): Promise<void> {
    const under = this.#under.get(id)
    if (this.#gone || !under || under.stop) return
    if (this.options.connection.state === 'offline') {
      this.#tell(id, { state: 'waiting', share: 0 })
      return
    }
    const stop = new AbortController()
    under.stop = stop
    this.#tell(id, { state: 'sending', share: 0, words: '' })
    try {
      const name = heldBy(this.view.state, id)?.sending.name ?? 'file'
      const file = await sendFile(under.file, name, {
        told: share => this.#tell(id, { share }),
        signal: stop.signal,
      })
      under.stop = null
      if (!this.#gone) this.#insert(id, file)
    } catch (error) {
      under.stop = null
      if (this.#gone || !this.#under.has(id)) return
      const { message, code, details } = error as WikiError
      if (details?.reason === 'offline' || code === 'busy') {
        this.#tell(id, { state: 'waiting', share: 0 })
        // The live line may believe that it holds, so that nothing tells when there is a way again.
        setTimeout(() => void this.#send(id), details.retryAfter ? details.retryAfter * 1000 : AGAIN)
      } else if (details?.reason !== 'aborted') this.#tell(id, { state: 'failed', words: message })
    }
  }

  #insert(id: string, file: FileShape): void {
    const { name, path, type } = file
    const held = heldBy(this.view.state, id)
    if (!held) return
    if (this.view.state.readOnly) {
      this.#tell(id, { state: 'failed', words: 'The page cannot be changed right now.' })
      // It may only not have been opened yet.
      setTimeout(() => !this.#gone && this.#insert(id, file), SOON)
      return
    }
    const shown = /^(image|audio|video)\//.test(type)
    const words = name.replace(/\.[^.]*$/, '').replace(/[[\]\\|]/g, '')
    const insert = `${shown ? '!' : ''}[${shown ? words : name.replace(/[[\]\\]/g, '')}](${path})`
    const more = this.#under.get(id)?.alone === false ? '\n' : ''
    this.view.dispatch({
      changes: { from: held.pos, insert: insert + more },
      effects: ended.of(id),
      userEvent: 'input.paste',
    })
    this.#forget(id, held.sending)
  }

  #end(id: string): void {
    const held = heldBy(this.view.state, id)
    this.#under.get(id)?.stop?.abort()
    this.view.dispatch({ effects: ended.of(id) })
    if (held) this.#forget(id, held.sending)
    this.view.focus()
  }

  #forget(id: string, { picture }: Sending): void {
    this.#under.delete(id)
    if (picture) URL.revokeObjectURL(picture)
    void keptFiles.forget(id)
  }

  #tell(id: string, news: Partial<Sending>): void {
    const held = this.#gone ? undefined : heldBy(this.view.state, id)
    if (held) this.view.dispatch({ effects: moved.of({ ...held.sending, ...news }) })
  }

  #again(): void {
    for (const { sending } of this.view.state.field(cards)) if (sending.state === 'waiting') void this.#send(sending.id)
  }

  // What an earlier visit left, once the text is here.
  async #resume(): Promise<void> {
    const { page, user, text, ready } = this.options
    if (user === null) return
    await ready
    for (const { id, name, type, bytes, place } of await keptFiles.of(user, page)) {
      if (this.#under.has(id)) continue
      if (this.#gone) return
      const at = text.doc && Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(place), text.doc)
      const pos = at && at.type === text ? at.index : this.view.state.doc.length
      this.#show(id, new Blob([bytes], { type }), name, pos, true)
      this.#tell(id, { kept: true })
      void this.#send(id)
    }
  }
}

function heldBy(state: EditorState, id: string): Held | undefined {
  return state.field(cards, false)?.find(({ sending }) => sending.id === id)
}

const options = Facet.define<UploadsOptions, UploadsOptions>({ combine: ([first]) => first! })

const plugin = ViewPlugin.define(view => new Uploads(view, view.state.facet(options)), {
  eventHandlers: {
    paste(event, view) {
      const files = [...(event.clipboardData?.files ?? [])]
      // A table copied from elsewhere comes with a picture of itself; its words are what is meant.
      if (files.length === 0 || event.clipboardData!.types.includes('text/plain') || view.state.readOnly) return false
      event.preventDefault()
      const { from, to } = view.state.selection.main
      if (to > from) view.dispatch({ changes: { from, to }, userEvent: 'input.paste' })
      this.take(files, from)
      return true
    },
    dragover(event, view) {
      if (!event.dataTransfer?.types.includes('Files') || view.state.readOnly) return false
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      return true
    },
    drop(event, view) {
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length === 0 || view.state.readOnly) return false
      event.preventDefault()
      this.take(files, view.posAtCoords({ x: event.clientX, y: event.clientY }) ?? view.state.doc.length)
      return true
    },
  },
})

/** Whether a file is on its way that is nowhere else than in this window. */
export function uploading(state: EditorState): boolean {
  return state.field(cards, false)?.some(({ sending }) => !sending.kept) ?? false
}

/** Whether a file is on its way, or waits for one. */
export function awaitsFiles(state: EditorState): boolean {
  return state.field(cards, false)?.some(({ sending }) => sending.state !== 'failed') ?? false
}

/** What is to be said of files that are still on their way when somebody is done; '' where there are none. */
export function leftBehind(state: EditorState): string {
  const files = state.field(cards, false)?.map(({ sending }) => sending) ?? []
  const words = (some: Sending[], end: string) => {
    const names = new Intl.ListFormat('en').format(some.map(({ name }) => `“${name}”`))
    return some.length > 0 ? `${names} ${some.length > 1 ? 'are' : 'is'} not in the page yet: ${end}` : ''
  }
  const kept = words(
    files.filter(({ kept }) => kept),
    'kept on this device, and put in when you next edit this page.',
  )
  const lost = words(
    files.filter(({ kept }) => !kept),
    'put it in again.',
  )
  return `${kept} ${lost}`.trim()
}

/** Lets files be put into the text. */
export function uploads(given: UploadsOptions): Extension {
  return [options.of(given), cards, plugin]
}

/** Lets files be chosen, which go where the cursor is. */
export const chooseFiles: Command = view => {
  const taker = view.state.readOnly ? null : view.plugin(plugin)
  if (!taker) return false
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.className = 'unseen'
  input.setAttribute('aria-label', 'Files to put in')
  input.tabIndex = -1
  const done = () => {
    input.remove()
    view.focus()
  }
  input.addEventListener('cancel', done)
  input.addEventListener('change', () => {
    taker.take([...(input.files ?? [])], view.state.selection.main.to)
    done()
  })
  view.dom.append(input)
  input.click()
  return true
}
