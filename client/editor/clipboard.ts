// Text to the clipboard, also where the browser has only the old way.
// copy

/** Puts text on the clipboard. `near` is an element that may hold something unseen for a moment. */
export async function copy(text: string, near: Element): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    // Without a secure connection there is no `navigator.clipboard`.
    const area = document.createElement('textarea')
    area.className = 'unseen'
    area.value = text
    near.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
  }
}
