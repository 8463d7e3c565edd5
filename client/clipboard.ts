// Putting text on the clipboard, also where browsers have only the old way.
// copy

/** Copies a text; false where the browser does not let us. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Without TLS there is no clipboard but the selection's.
    const area = document.createElement('textarea')
    area.className = 'unseen'
    area.value = text
    const before = document.activeElement
    const place = document.querySelector('dialog[open]') ?? document.body
    place.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    if (before instanceof HTMLElement) before.focus()
    return done
  }
}
