// The editor's icons, drawn by Lit from Lucide's SVG.
// PictureName · picture

import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import bold from 'lucide-static/icons/bold.svg?raw'
import code from 'lucide-static/icons/code.svg?raw'
import source from 'lucide-static/icons/file-code.svg?raw'
import heading from 'lucide-static/icons/heading.svg?raw'
import image from 'lucide-static/icons/image.svg?raw'
import italic from 'lucide-static/icons/italic.svg?raw'
import list from 'lucide-static/icons/list.svg?raw'
import numbers from 'lucide-static/icons/list-ordered.svg?raw'
import tasks from 'lucide-static/icons/list-todo.svg?raw'
import quote from 'lucide-static/icons/quote.svg?raw'
import redo from 'lucide-static/icons/redo-2.svg?raw'
import codeBlock from 'lucide-static/icons/square-code.svg?raw'
import strike from 'lucide-static/icons/strikethrough.svg?raw'
import table from 'lucide-static/icons/table.svg?raw'
import undo from 'lucide-static/icons/undo-2.svg?raw'
import { drawn, ICONS } from '../../shared/icons.ts'

const lucide = {
  bold,
  code,
  codeBlock,
  heading,
  image,
  italic,
  list,
  numbers,
  quote,
  redo,
  source,
  strike,
  table,
  tasks,
  undo,
}
const { filePlus, fileText, link } = ICONS
const svg = {
  ...(Object.fromEntries(Object.entries(lucide).map(([name, text]) => [name, drawn(text)])) as Record<
    keyof typeof lucide,
    string
  >),
  filePlus,
  fileText,
  link,
}

export type PictureName = keyof typeof svg

/** An icon, for a Lit template. */
export function picture(name: PictureName): unknown {
  return unsafeHTML(svg[name])
}
