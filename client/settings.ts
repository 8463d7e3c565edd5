// What somebody has chosen on this device: light or dark, whether single keys do things, how the editor shows Markdown.
// Theme · theme · chooseTheme · moreContrast · chooseContrast · singleKeys · chooseSingleKeys · sourceView · chooseSourceView

export type Theme = 'system' | 'light' | 'dark'

function read(name: string): string | null {
  try {
    return localStorage.getItem(`chorus.${name}`)
  } catch {
    return null
  }
}

function write(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`chorus.${name}`)
    else localStorage.setItem(`chorus.${name}`, value)
  } catch {
    // Kept for this visit only.
  }
}

/** The theme chosen here; `system` follows the device. */
export function theme(): Theme {
  const kept = read('theme')
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Chooses a theme and shows it at once; early.ts does so on the next visit. */
export function chooseTheme(chosen: Theme): void {
  write('theme', chosen === 'system' ? null : chosen)
  if (chosen === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = chosen
}

/** Whether lines and letters are drawn stronger than the system asks for. */
export function moreContrast(): boolean {
  return read('contrast') === 'more'
}

/** Chooses stronger lines and letters, and shows them at once; early.ts does so on the next visit. */
export function chooseContrast(more: boolean): void {
  write('contrast', more ? 'more' : null)
  if (more) document.documentElement.dataset.contrast = 'more'
  else delete document.documentElement.dataset.contrast
}

let keys = read('keys') !== 'off'

/** Whether a single key, as “e” to edit, does something. */
export function singleKeys(): boolean {
  return keys
}

/** Turns single-key shortcuts on or off. */
export function chooseSingleKeys(on: boolean): void {
  keys = on
  write('keys', on ? null : 'off')
}

/** Whether the editor shows the bare Markdown. */
export function sourceView(): boolean {
  return read('source') === 'on'
}

/** Keeps how the editor shows Markdown. */
export function chooseSourceView(on: boolean): void {
  write('source', on ? 'on' : null)
}
