// The editor's icons: Lucide's, as SVG text.
// PICTURES · picture

import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import down from 'lucide-static/icons/arrow-down.svg?raw'
import sectionDown from 'lucide-static/icons/arrow-down-from-line.svg?raw'
import up from 'lucide-static/icons/arrow-up.svg?raw'
import sectionUp from 'lucide-static/icons/arrow-up-from-line.svg?raw'
import bold from 'lucide-static/icons/bold.svg?raw'
import today from 'lucide-static/icons/calendar.svg?raw'
import cased from 'lucide-static/icons/case-sensitive.svg?raw'
import code from 'lucide-static/icons/code.svg?raw'
import follow from 'lucide-static/icons/external-link.svg?raw'
import source from 'lucide-static/icons/file-code.svg?raw'
import grip from 'lucide-static/icons/grip-vertical.svg?raw'
import heading from 'lucide-static/icons/heading.svg?raw'
import heading1 from 'lucide-static/icons/heading-1.svg?raw'
import heading2 from 'lucide-static/icons/heading-2.svg?raw'
import heading3 from 'lucide-static/icons/heading-3.svg?raw'
import image from 'lucide-static/icons/image.svg?raw'
import note from 'lucide-static/icons/info.svg?raw'
import italic from 'lucide-static/icons/italic.svg?raw'
import tip from 'lucide-static/icons/lightbulb.svg?raw'
import list from 'lucide-static/icons/list.svg?raw'
import outdent from 'lucide-static/icons/list-indent-decrease.svg?raw'
import indent from 'lucide-static/icons/list-indent-increase.svg?raw'
import numbers from 'lucide-static/icons/list-ordered.svg?raw'
import tasks from 'lucide-static/icons/list-todo.svg?raw'
import outline from 'lucide-static/icons/list-tree.svg?raw'
import rule from 'lucide-static/icons/minus.svg?raw'
import file from 'lucide-static/icons/paperclip.svg?raw'
import plain from 'lucide-static/icons/pilcrow.svg?raw'
import insert from 'lucide-static/icons/plus.svg?raw'
import quote from 'lucide-static/icons/quote.svg?raw'
import redo from 'lucide-static/icons/redo-2.svg?raw'
import pattern from 'lucide-static/icons/regex.svg?raw'
import tick from 'lucide-static/icons/square-check.svg?raw'
import codeBlock from 'lucide-static/icons/square-code.svg?raw'
import strike from 'lucide-static/icons/strikethrough.svg?raw'
import footnote from 'lucide-static/icons/superscript.svg?raw'
import table from 'lucide-static/icons/table.svg?raw'
import column from 'lucide-static/icons/table-columns-split.svg?raw'
import row from 'lucide-static/icons/table-rows-split.svg?raw'
import properties from 'lucide-static/icons/tags.svg?raw'
import warning from 'lucide-static/icons/triangle-alert.svg?raw'
import undo from 'lucide-static/icons/undo-2.svg?raw'
import whole from 'lucide-static/icons/whole-word.svg?raw'
import { drawn, ICONS } from '../../shared/icons.ts'

const lucide = {
  down,
  up,
  today,
  outline,
  note,
  tip,
  warning,
  rule,
  footnote,
  properties,
  sectionUp,
  sectionDown,
  insert,
  cased,
  whole,
  pattern,
  grip,

  bold,
  code,
  codeBlock,
  column,
  file,
  follow,
  heading,
  heading1,
  heading2,
  heading3,
  image,
  indent,
  italic,
  list,
  numbers,
  outdent,
  plain,
  quote,
  redo,
  row,
  source,
  strike,
  table,
  tasks,
  tick,
  undo,
}
const { close, filePlus, fileText, link, search: find } = ICONS

/** By what they stand for. */
export const PICTURES = {
  ...(Object.fromEntries(Object.entries(lucide).map(([name, text]) => [name, drawn(text)])) as Record<
    keyof typeof lucide,
    string
  >),
  close,
  filePlus,
  fileText,
  find,
  link,
}

/** An icon, for a Lit template. */
export function picture(svg: string): unknown {
  return unsafeHTML(svg)
}
