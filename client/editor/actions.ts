// Everything that can be done to the text, each one object: toolbar, menus, keys and the list of shortcuts are made of it.
// TextAction · TEXT · TEXT_ACTIONS

import { openSearchPanel } from '@codemirror/search'
import type { EditorState, StateCommand } from '@codemirror/state'
import type { Command } from '@codemirror/view'
import type { Named } from '../../shared/actions.ts'
import { redo, undo } from './binding.ts'
import * as blocks from './blocks.ts'
import { BOLD, CODE, hasStyle, ITALIC, STRIKE, toggleStyle } from './inline.ts'
import * as insertions from './insertions.ts'
import * as levels from './levels.ts'
import * as links from './links.ts'
import { moveDown, moveUp } from './moving.ts'
import { offerActions } from './offers.ts'
import { sectionDown, sectionUp } from './outline.ts'
import { PICTURES } from './pictures.ts'
import { followLink } from './preview-links.ts'
import { previewing, toggleSource } from './preview-touch.ts'
import { toggleTasks } from './preview-widgets.ts'
import { addColumn, addRow, cellBelow, nextCell, previousCell } from './tables.ts'
import { chooseFiles } from './uploads.ts'

/** One thing that can be done to the text. Its key is in CodeMirror's notation; browsers have taken many. */
export interface TextAction extends Named {
  group: string
  /** False where it means nothing, so that its key may mean something else. */
  run: Command
  /** Whether the selection has this format already, so that `run` takes it away. */
  applied?(state: EditorState): boolean
  /** It asks for more than a state: a file, a panel. */
  asks?: true
  /** Only a key: what it does is seen where it is pressed. */
  keyOnly?: true
}

const { toggleHeading, hasHeading, toggleList, hasList } = blocks

const someHeading: StateCommand = target => toggleHeading(hasHeading(target.state) ? 0 : 2)(target)

// Words of code are marked where they stand; lines of code are a block.
const code: StateCommand = target => {
  const { doc, selection } = target.state
  const several = doc.lineAt(selection.main.from).number < doc.lineAt(selection.main.to).number
  return (several || blocks.hasCodeBlock(target.state) ? blocks.toggleCodeBlock : toggleStyle(CODE))(target)
}

// What the element around the text does.
const asks =
  (name: string): Command =>
  ({ dom }) => {
    dom?.dispatchEvent(new CustomEvent(name, { bubbles: true }))
    return true
  }

const heading = (level: number): TextAction => ({
  name: `Heading ${level}`,
  icon: PICTURES[`heading${level as 1 | 2 | 3}`],
  key: `Mod-Alt-${level}`,
  group: 'Lines',
  also: `h${level} ${'#'.repeat(level)} title section`,
  run: toggleHeading(level),
  applied: state => hasHeading(state, level),
})

/** All of them, by a short name of their own. */
export const TEXT = {
  bold: {
    name: 'Bold',
    icon: PICTURES.bold,
    key: 'Mod-b',
    group: 'Words',
    also: 'strong **',
    run: toggleStyle(BOLD),
    applied: state => hasStyle(state, BOLD),
  },
  italic: {
    name: 'Italic',
    icon: PICTURES.italic,
    key: 'Mod-i',
    group: 'Words',
    also: 'emphasis *',
    run: toggleStyle(ITALIC),
    applied: state => hasStyle(state, ITALIC),
  },
  strike: {
    name: 'Strikethrough',
    icon: PICTURES.strike,
    key: 'Mod-Shift-x',
    group: 'Words',
    also: 'delete ~~',
    run: toggleStyle(STRIKE),
    applied: state => hasStyle(state, STRIKE),
  },
  code: {
    name: 'Code',
    icon: PICTURES.code,
    key: 'Mod-e',
    group: 'Words',
    also: 'monospace `',
    run: code,
    applied: state => hasStyle(state, CODE),
  },
  link: {
    name: 'Link',
    icon: PICTURES.link,
    key: 'Mod-k',
    group: 'Words',
    also: 'address url web',
    run: links.toggleLink,
    applied: links.hasLink,
  },
  follow: {
    name: 'Follow the link',
    icon: PICTURES.follow,
    key: 'Alt-Enter',
    group: 'Words',
    also: 'open go',
    run: followLink,
  },
  heading: {
    name: 'Heading',
    icon: PICTURES.heading,
    group: 'Lines',
    also: 'title section #',
    run: someHeading,
    applied: state => hasHeading(state),
  },
  heading1: heading(1),
  heading2: heading(2),
  heading3: heading(3),
  plain: {
    name: 'Plain text',
    icon: PICTURES.plain,
    key: 'Mod-Alt-0',
    group: 'Lines',
    also: 'paragraph normal',
    run: toggleHeading(0),
  },
  bullets: {
    name: 'List',
    icon: PICTURES.list,
    key: 'Mod-Shift-8',
    group: 'Lines',
    also: 'bullets points unordered -',
    run: toggleList('bullets'),
    applied: state => hasList(state, 'bullets'),
  },
  numbers: {
    name: 'Numbered list',
    icon: PICTURES.numbers,
    key: 'Mod-Shift-7',
    group: 'Lines',
    also: 'ordered steps 1.',
    run: toggleList('numbers'),
    applied: state => hasList(state, 'numbers'),
  },
  tasks: {
    name: 'Task list',
    icon: PICTURES.tasks,
    key: 'Mod-Shift-9',
    group: 'Lines',
    also: 'todo checkbox [ ]',
    run: toggleList('tasks'),
    applied: state => hasList(state, 'tasks'),
  },
  tick: {
    name: 'Tick the task',
    icon: PICTURES.tick,
    key: 'Mod-Enter',
    group: 'Lines',
    also: 'done check toggle',
    run: toggleTasks,
  },
  indent: {
    name: 'Further in',
    icon: PICTURES.indent,
    key: 'Tab',
    group: 'Lines',
    also: 'indent nest',
    run: view => levels.indentItem(view) || levels.indentCode(view),
  },
  outdent: {
    name: 'Further out',
    icon: PICTURES.outdent,
    key: 'Shift-Tab',
    group: 'Lines',
    also: 'outdent unindent',
    run: view => levels.outdentItem(view) || levels.outdentCode(view),
  },
  quote: {
    name: 'Quote',
    icon: PICTURES.quote,
    key: 'Mod-Shift-.',
    group: 'Lines',
    also: 'citation >',
    run: blocks.toggleQuote,
    applied: blocks.hasQuote,
  },
  codeBlock: {
    name: 'Code block',
    icon: PICTURES.codeBlock,
    key: 'Mod-Shift-e',
    group: 'Lines',
    also: 'fence program ```',
    run: blocks.toggleCodeBlock,
    applied: blocks.hasCodeBlock,
  },
  file: {
    name: 'Picture or file',
    icon: PICTURES.file,
    group: 'Insert',
    also: 'upload attach image photo document',
    run: chooseFiles,
    asks: true,
  },
  wikiLink: {
    name: 'Link to a page',
    icon: PICTURES.fileText,
    group: 'Insert',
    also: 'wiki internal [[',
    run: insertions.insertWikiLink,
  },
  image: { name: 'Image', icon: PICTURES.image, group: 'Insert', also: 'picture photo ![]', run: links.insertImage },
  table: {
    name: 'Table',
    icon: PICTURES.table,
    key: 'Mod-Shift-l',
    group: 'Insert',
    also: 'grid columns rows |',
    run: blocks.insertTable,
  },
  insert: {
    name: 'Insert…',
    icon: PICTURES.insert,
    key: 'Mod-/',
    group: 'Insert',
    also: 'slash menu block',
    run: offerActions,
  },
  note: {
    name: 'Note',
    icon: PICTURES.note,
    group: 'Insert',
    also: 'callout box info',
    run: insertions.insertCallout('note'),
  },
  tip: {
    name: 'Tip',
    icon: PICTURES.tip,
    group: 'Insert',
    also: 'callout box hint',
    run: insertions.insertCallout('tip'),
  },
  warning: {
    name: 'Warning',
    icon: PICTURES.warning,
    group: 'Insert',
    also: 'callout box caution danger',
    run: insertions.insertCallout('warning'),
  },
  rule: {
    name: 'Line across',
    icon: PICTURES.rule,
    group: 'Insert',
    also: 'divider rule separator hr ---',
    run: insertions.insertRule,
  },
  footnote: {
    name: 'Footnote',
    icon: PICTURES.footnote,
    group: 'Insert',
    also: 'reference source [^',
    run: insertions.insertFootnote,
  },
  template: {
    name: 'Template',
    icon: PICTURES.fileText,
    group: 'Insert',
    also: 'page begin placeholders boilerplate',
    run: insertions.askTemplate,
  },
  today: {
    name: 'Today’s date',
    icon: PICTURES.today,
    group: 'Insert',
    also: 'day now calendar',
    run: insertions.insertToday,
  },
  properties: {
    name: 'Properties',
    icon: PICTURES.properties,
    group: 'Insert',
    also: 'front matter tags aliases yaml metadata',
    run: insertions.insertProperties,
  },
  nextCell: { name: 'Next cell', icon: PICTURES.table, key: 'Tab', group: 'Tables', run: nextCell, keyOnly: true },
  previousCell: {
    name: 'Cell before',
    icon: PICTURES.table,
    key: 'Shift-Tab',
    group: 'Tables',
    run: previousCell,
    keyOnly: true,
  },
  cellBelow: { name: 'Cell below', icon: PICTURES.table, key: 'Enter', group: 'Tables', run: cellBelow, keyOnly: true },
  addRow: { name: 'Add a row', icon: PICTURES.row, key: 'Mod-Enter', group: 'Tables', also: 'table', run: addRow },
  addColumn: {
    name: 'Add a column',
    icon: PICTURES.column,
    key: 'Mod-Shift-Enter',
    group: 'Tables',
    also: 'table',
    run: addColumn,
  },
  moveUp: {
    name: 'Move up',
    icon: PICTURES.up,
    key: 'Alt-ArrowUp',
    group: 'Move',
    also: 'line item',
    run: moveUp,
  },
  moveDown: {
    name: 'Move down',
    icon: PICTURES.down,
    key: 'Alt-ArrowDown',
    group: 'Move',
    also: 'line item',
    run: moveDown,
  },
  sectionUp: {
    name: 'Move the section up',
    icon: PICTURES.sectionUp,
    key: 'Mod-Alt-ArrowUp',
    group: 'Move',
    also: 'heading outline reorder',
    run: sectionUp,
  },
  sectionDown: {
    name: 'Move the section down',
    icon: PICTURES.sectionDown,
    key: 'Mod-Alt-ArrowDown',
    group: 'Move',
    also: 'heading outline reorder',
    run: sectionDown,
  },
  outline: {
    name: 'Outline',
    icon: PICTURES.outline,
    key: 'Mod-Alt-o',
    group: 'Move',
    also: 'headings contents sections jump',
    run: asks('show-outline'),
  },
  find: {
    name: 'Find and replace',
    icon: PICTURES.find,
    key: 'Mod-f',
    group: 'Text',
    also: 'search',
    run: openSearchPanel,
  },
  undo: { name: 'Undo', icon: PICTURES.undo, key: 'Mod-z', group: 'Text', also: 'back revert', run: undo },
  redo: {
    name: 'Redo',
    icon: PICTURES.redo,
    key: 'Mod-Shift-z',
    otherKey: 'Mod-y',
    group: 'Text',
    also: 'again',
    run: redo,
  },
  source: {
    name: 'Source view',
    icon: PICTURES.source,
    key: 'Mod-Alt-m',
    group: 'Text',
    also: 'markdown raw marks',
    run: toggleSource,
    applied: state => state.field(previewing, false) === false,
  },
} satisfies Record<string, TextAction>

/** All of them, in order. */
export const TEXT_ACTIONS: readonly TextAction[] = Object.values(TEXT)
