// The list of shortcuts: every action that has a key, also those of a text that is not open now.
// showShortcuts

import { html, type TemplateResult } from 'lit'
import { type Action, actions, keyHint } from '../actions.ts'
import { singleKeys } from '../settings.ts'
import { show } from './dialogs.ts'

type Entry = Pick<Action, 'name' | 'key' | 'group'>

/** Shows all keys in a dialog. */
export async function showShortcuts(): Promise<void> {
  // Without a line, the keys of the text may not be there yet.
  const { TEXT_ACTIONS } = await import('../editor/actions.ts').catch(() => ({ TEXT_ACTIONS: [] as const }))
  const groups = new Map<string, Entry[]>()
  for (const entry of [...actions.list().filter(({ inText }) => !inText), ...TEXT_ACTIONS] as Entry[]) {
    if (!entry.key) continue
    const group = groups.get(entry.group) ?? []
    group.push(entry)
    groups.set(entry.group, group)
  }
  await show<null>(
    () => html`<h2 id="dialog-heading">Keyboard shortcuts</h2>
      ${singleKeys() ? '' : html`<p class="note">Single keys are turned off in your settings.</p>`}
      <div class="shortcuts" tabindex="0" role="region" aria-labelledby="dialog-heading"><div>${[...groups].map(
        ([name, entries]) => html`<section><h3 class="h">${name}</h3><dl>${entries.map(row)}</dl></section>`,
      )}</div></div>
      <form method="dialog"><div class="bar"><button class="btn primary" autofocus>Close</button></div></form>`,
    'shortcut-list',
  )
}

function row({ name, key }: Entry): TemplateResult {
  return html`<div><dt>${name.replace(/…$/, '')}</dt><dd><kbd>${keyHint(key!)}</kbd></dd></div>`
}
