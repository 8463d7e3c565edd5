// What can be done on a screen, each named once: menus are drawn from it on both sides, keys and lists in the browser.
// Named · SCREEN_ACTIONS · ScreenAction

import { ICONS } from './icons.ts'

/** How an action is called and looks, wherever it is offered. */
export interface Named {
  name: string
  /** SVG. */
  icon: string
  /** Parts joined by “-”: `Mod-Shift-x`, where `Mod` is Ctrl, or ⌘ on a Mac; or a single key, as `e`. */
  key?: string
  /** Does the same. */
  otherKey?: string
  /** Other words by which somebody may look for it. */
  also?: string
}

/** What the shell and the page's own screen offer; buttons name them by `data-do`. */
export const SCREEN_ACTIONS = {
  edit: { name: 'Edit', icon: ICONS.pencil, key: 'e', also: 'write change' },
  done: { name: 'Done', icon: ICONS.check, key: 'Mod-Shift-s', also: 'finish close save stop editing' },
  rename: { name: 'Rename or move…', icon: ICONS.rename, key: 'F2', also: 'title' },
  'copy-link': { name: 'Copy the link', icon: ICONS.link, key: 'l', also: 'address url share' },
  'copy-text': { name: 'Copy the whole text', icon: ICONS.copy, also: 'markdown clipboard' },
  'new-under': { name: 'New page under this one', icon: ICONS.filePlus, also: 'child create' },
  'latest-change': { name: 'Jump to the latest change', icon: ICONS.locate, key: '.', also: 'newest edit last' },
  duplicate: { name: 'Duplicate', icon: ICONS.duplicate, also: 'copy clone' },
  star: { name: 'Keep at hand', icon: ICONS.star, also: 'star favourite bookmark' },
  unstar: { name: 'Do not keep at hand', icon: ICONS.star, also: 'star favourite bookmark' },
  note: { name: 'Leave an edit note…', icon: ICONS.pencil, also: 'summary comment' },
  lock: { name: 'Lock for reading', icon: ICONS.lock, also: 'accident' },
  unlock: { name: 'Unlock for writing', icon: ICONS.unlock },
  protect: { name: 'Protect…', icon: ICONS.shield, also: 'admins only' },
  unprotect: { name: 'End the protection', icon: ICONS.shield },
  delete: { name: 'Delete…', icon: ICONS.trash, also: 'remove trash' },
  attachments: { name: 'Files of this page', icon: ICONS.paperclip, also: 'attachments pictures images' },
  'as-markdown': { name: 'Read as Markdown', icon: ICONS.fileCode, also: 'source raw download' },
  jump: { name: 'Search or jump to…', icon: ICONS.search, key: 'Mod-k', otherKey: '/', also: 'find go open' },
  create: { name: 'New page', icon: ICONS.plus, key: 'n', also: 'write create add' },
  home: { name: 'Home', icon: ICONS.house },
  pages: { name: 'All pages', icon: ICONS.files, also: 'list' },
  changes: { name: 'Recent changes', icon: ICONS.history, also: 'feed news history' },
  tags: { name: 'Tags', icon: ICONS.tag },
  maintenance: { name: 'Maintenance', icon: ICONS.wrench, also: 'wanted broken orphans mending' },
  people: { name: 'People', icon: ICONS.users, also: 'accounts roles admin invite' },
  files: { name: 'Files, import and export', icon: ICONS.paperclip, also: 'unused zip bring in' },
  export: { name: 'Download everything as a zip', icon: ICONS.files, also: 'export backup markdown' },
  'tree-up': { name: 'Move up in the tree', icon: ICONS.rename, also: 'order sort before' },
  'tree-down': { name: 'Move down in the tree', icon: ICONS.rename, also: 'order sort behind' },
  'tree-in': { name: 'Move under the page above it', icon: ICONS.rename, also: 'tree indent' },
  'tree-out': { name: 'Move out, one level up', icon: ICONS.rename, also: 'tree outdent' },
  trash: { name: 'Trash', icon: ICONS.trash, also: 'deleted restore' },
  today: { name: 'Today', icon: ICONS.calendar, also: 'journal diary daily date' },
  profile: { name: 'Profile and settings', icon: ICONS.settings, also: 'account picture theme' },
  drafts: { name: 'Recovered drafts', icon: ICONS.archiveRestore },
  'sign-out': { name: 'Sign out', icon: ICONS.logOut, also: 'log off leave' },
  light: { name: 'Light colours', icon: ICONS.sun, also: 'theme day' },
  dark: { name: 'Dark colours', icon: ICONS.moon, also: 'theme night' },
  system: { name: 'Colours as on this device', icon: ICONS.monitor, also: 'theme automatic' },
  keys: { name: 'Keyboard shortcuts', icon: ICONS.keyboard, key: '?', also: 'help hotkeys' },
} satisfies Record<string, Named>

export type ScreenAction = keyof typeof SCREEN_ACTIONS
