// Blocks that are drawn from their source where they stand until the cursor enters them: a page within a page, a query.
// DrawnSource · EMBED_MAX · embedIn · EmbedWidget

import { EditorSelection } from '@codemirror/state'
import { type EditorView, WidgetType } from '@codemirror/view'
import { isFileName } from '../../shared/wiki-links.ts'

/** The longest source of one, in UTF-16 units. */
export const EMBED_MAX = 4_000

const PAGE = /^!\[\[([^[\]|#\n]+)(?:#[^[\]|\n]*)?(?:\|[^[\]\n]*)?\]\]$/
const QUERY = /^(`{3,}|~{3,})[ \t]*query[ \t]*\n(?:([\s\S]*)\n)?\1[ \t]*$/

/** What a whole block embeds, or null where it is something else. */
export function embedIn(block: string): { kind: 'page' | 'query'; source: string } | null {
  if (block.length > EMBED_MAX) return null
  const text = block.trim()
  const page = PAGE.exec(text)
  if (page) return isFileName(page[1]!.trim()) ? null : { kind: 'page', source: text }
  const query = QUERY.exec(text)
  return query && { kind: 'query', source: `${query[2] ?? ''}\n` }
}

/** A block as it is read; a press leads into its source, or where a link in it leads. */
export abstract class DrawnSource extends WidgetType {
  constructor(readonly source: string) {
    super()
  }

  override eq(other: DrawnSource): boolean {
    return other.source === this.source
  }

  /** What stands in the box. */
  protected abstract draw(view: EditorView, box: HTMLElement): HTMLElement

  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement('div')
    box.className = 'md-embed article'
    box.append(this.draw(view, box))
    box.addEventListener('mousedown', event => event.preventDefault())
    box.addEventListener('click', event => {
      const link = (event.target as Element).closest('a')
      event.preventDefault()
      // The text that is being written stays where it is.
      if (link) window.open(link.href, '_blank', 'noopener')
      else {
        // At its end the cursor touches all of it, so that its source is shown.
        view.dispatch({ selection: EditorSelection.cursor(view.posAtDOM(box) + this.source.length) })
        view.focus()
      }
    })
    return box
  }

  override ignoreEvent(): boolean {
    return true
  }
}

/** A page or a query; the element comes with the editor itself. */
export class EmbedWidget extends DrawnSource {
  override get estimatedHeight(): number {
    return 90
  }

  protected override draw(view: EditorView, box: HTMLElement): HTMLElement {
    const embed = document.createElement('wiki-embed')
    const { kind, source } = embedIn(this.source)!
    embed.setAttribute('kind', kind)
    embed.setAttribute('source', source)
    box.addEventListener('drawn', () => view.requestMeasure())
    return embed
  }
}
