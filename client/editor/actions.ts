// Every way to format the text is one object; the toolbar and the keys are made from them.
// Action · TOOLBAR · formatKeys · applied · keyHint

import type { EditorState, StateCommand } from '@codemirror/state'
import type { KeyBinding } from '@codemirror/view'
import { redo, undo } from './binding.ts'
import * as blocks from './blocks.ts'
import { BOLD, CODE, hasStyle, ITALIC, STRIKE, toggleStyle } from './inline.ts'
import * as levels from './levels.ts'
import * as links from './links.ts'
import type { PictureName } from './pictures.ts'
import { previewing, toggleSource } from './preview-touch.ts'

/** One way to format: what it is called, how it looks, which key it has, and what it does. */
export interface Action {
  name: string
  /** Its picture in the toolbar. */
  icon: PictureName
  /** In CodeMirror's notation; browsers have taken many. */
  key?: string
  run: StateCommand
  /** Whether the selection has this format already, so that `run` takes it away. */
  applied?(state: EditorState): boolean
}

const { toggleHeading, hasHeading, toggleList, hasList } = blocks

const heading: StateCommand = target => toggleHeading(hasHeading(target.state) ? 0 : 2)(target)

// Words of code are marked where they stand; lines of code are a block.
const code: StateCommand = target => {
  const { doc, selection } = target.state
  const several = doc.lineAt(selection.main.from).number < doc.lineAt(selection.main.to).number
  return (several || blocks.hasCodeBlock(target.state) ? blocks.toggleCodeBlock : toggleStyle(CODE))(target)
}

/** The toolbar: actions in their order, in groups. */
export const TOOLBAR: readonly (readonly Action[])[] = [
  [
    { name: 'Heading', icon: 'heading', key: 'Mod-Alt-2', run: heading, applied: state => hasHeading(state) },
    { name: 'Bold', icon: 'bold', key: 'Mod-b', run: toggleStyle(BOLD), applied: state => hasStyle(state, BOLD) },
    {
      name: 'Italic',
      icon: 'italic',
      key: 'Mod-i',
      run: toggleStyle(ITALIC),
      applied: state => hasStyle(state, ITALIC),
    },
    {
      name: 'Strikethrough',
      icon: 'strike',
      key: 'Mod-Shift-x',
      run: toggleStyle(STRIKE),
      applied: state => hasStyle(state, STRIKE),
    },
    { name: 'Code', icon: 'code', key: 'Mod-e', run: code, applied: state => hasStyle(state, CODE) },
  ],
  [
    { name: 'Link', icon: 'link', key: 'Mod-k', run: links.toggleLink, applied: links.hasLink },
    { name: 'Image', icon: 'image', run: links.insertImage },
    { name: 'Table', icon: 'table', key: 'Mod-Shift-l', run: blocks.insertTable },
    {
      name: 'List',
      icon: 'list',
      key: 'Mod-Shift-8',
      run: toggleList('bullets'),
      applied: state => hasList(state, 'bullets'),
    },
    {
      name: 'Numbered list',
      icon: 'numbers',
      key: 'Mod-Shift-7',
      run: toggleList('numbers'),
      applied: state => hasList(state, 'numbers'),
    },
    {
      name: 'Task list',
      icon: 'tasks',
      key: 'Mod-Shift-9',
      run: toggleList('tasks'),
      applied: state => hasList(state, 'tasks'),
    },
    { name: 'Quote', icon: 'quote', key: 'Mod-Shift-.', run: blocks.toggleQuote, applied: blocks.hasQuote },
    {
      name: 'Code block',
      icon: 'codeBlock',
      key: 'Mod-Shift-e',
      run: blocks.toggleCodeBlock,
      applied: blocks.hasCodeBlock,
    },
  ],
  [
    { name: 'Undo', icon: 'undo', key: 'Mod-z', run: undo },
    { name: 'Redo', icon: 'redo', key: 'Mod-Shift-z', run: redo },
  ],
  [
    {
      name: 'Source view',
      icon: 'source',
      key: 'Mod-Alt-m',
      run: toggleSource,
      applied: state => state.field(previewing, false) === false,
    },
  ],
]

const actions = TOOLBAR.flat()

const bind = (key: string, run: StateCommand): KeyBinding => ({
  key,
  // A read-only text keeps the browser from acting in its place: Ctrl-E would open its address line.
  run: view => run(view) || true,
  stopPropagation: true,
})

/** The keys of all actions, and those that have no button. */
export const formatKeys: readonly KeyBinding[] = [
  ...[1, 2, 3].map(level => bind(`Mod-Alt-${level}`, toggleHeading(level))),
  bind('Mod-Alt-0', toggleHeading(0)),
  ...actions.flatMap(({ name, key, run }) => (key && name !== 'Heading' ? bind(key, run) : [])),
  { ...bind('Ctrl-y', redo), mac: 'Cmd-y' },
  // In a list Tab moves items; elsewhere it does nothing, so that nobody types on into another field by accident.
  { key: 'Tab', run: view => levels.indentItem(view) || levels.indentCode(view) || true },
  { key: 'Shift-Tab', run: view => levels.outdentItem(view) || levels.outdentCode(view) || true },
]

/** The names of the actions whose format the selection has. */
export function applied(state: EditorState): Set<string> {
  return new Set(actions.filter(action => action.applied?.(state)).map(({ name }) => name))
}

/** A key as people know it: “Ctrl+B”, or “⌘B” on a Mac. */
export function keyHint(key: string, mac: boolean): string {
  const words: Record<string, string> = mac
    ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' }
    : { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' }
  const parts = key.split('-').map(part => words[part] ?? part.toUpperCase())
  return parts.join(mac ? '' : '+')
}
