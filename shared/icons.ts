// Every icon that Chorus shows, as SVG text: Lucide's, and our own mark.
// ICONS · IconName · MARK

import archiveRestore from 'lucide-static/icons/archive-restore.svg?raw'
import arrowLeft from 'lucide-static/icons/arrow-left.svg?raw'
import calendar from 'lucide-static/icons/calendar-days.svg?raw'
import check from 'lucide-static/icons/check.svg?raw'
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw'
import contrast from 'lucide-static/icons/contrast.svg?raw'
import copy from 'lucide-static/icons/copy.svg?raw'
import duplicate from 'lucide-static/icons/copy-plus.svg?raw'
import ellipsis from 'lucide-static/icons/ellipsis.svg?raw'
import fileCode from 'lucide-static/icons/file-code.svg?raw'
import filePlus from 'lucide-static/icons/file-plus-2.svg?raw'
import fileText from 'lucide-static/icons/file-text.svg?raw'
import files from 'lucide-static/icons/files.svg?raw'
import history from 'lucide-static/icons/history.svg?raw'
import house from 'lucide-static/icons/house.svg?raw'
import imagePlus from 'lucide-static/icons/image-plus.svg?raw'
import keyboard from 'lucide-static/icons/keyboard.svg?raw'
import link from 'lucide-static/icons/link.svg?raw'
import listFilter from 'lucide-static/icons/list-filter.svg?raw'
import locate from 'lucide-static/icons/locate.svg?raw'
import lock from 'lucide-static/icons/lock.svg?raw'
import unlock from 'lucide-static/icons/lock-open.svg?raw'
import logIn from 'lucide-static/icons/log-in.svg?raw'
import logOut from 'lucide-static/icons/log-out.svg?raw'
import menu from 'lucide-static/icons/menu.svg?raw'
import monitor from 'lucide-static/icons/monitor.svg?raw'
import moon from 'lucide-static/icons/moon.svg?raw'
import paperclip from 'lucide-static/icons/paperclip.svg?raw'
import pencil from 'lucide-static/icons/pencil.svg?raw'
import plus from 'lucide-static/icons/plus.svg?raw'
import rss from 'lucide-static/icons/rss.svg?raw'
import search from 'lucide-static/icons/search.svg?raw'
import settings from 'lucide-static/icons/settings.svg?raw'
import shield from 'lucide-static/icons/shield.svg?raw'
import star from 'lucide-static/icons/star.svg?raw'
import sun from 'lucide-static/icons/sun.svg?raw'
import tag from 'lucide-static/icons/tag.svg?raw'
import rename from 'lucide-static/icons/text-cursor-input.svg?raw'
import textSearch from 'lucide-static/icons/text-search.svg?raw'
import trash from 'lucide-static/icons/trash-2.svg?raw'
import undo from 'lucide-static/icons/undo-2.svg?raw'
import users from 'lucide-static/icons/users.svg?raw'
import wrench from 'lucide-static/icons/wrench.svg?raw'
import close from 'lucide-static/icons/x.svg?raw'

const lucide = {
  archiveRestore,
  arrowLeft,
  calendar,
  check,
  chevronRight,
  close,
  contrast,
  copy,
  duplicate,
  ellipsis,
  fileCode,
  filePlus,
  fileText,
  files,
  history,
  house,
  imagePlus,
  keyboard,
  link,
  listFilter,
  locate,
  lock,
  logIn,
  logOut,
  menu,
  monitor,
  moon,
  paperclip,
  pencil,
  plus,
  rename,
  rss,
  search,
  settings,
  shield,
  star,
  sun,
  tag,
  textSearch,
  trash,
  undo,
  unlock,
  users,
  wrench,
}

export type IconName = keyof typeof lucide

/** Decoration to assistive technology; whoever uses one gives its button a name. */
export const drawn = (svg: string) =>
  svg
    .slice(svg.indexOf('<svg'))
    .replace(/>\s+</g, '><')
    .trim()
    .replace(/<svg\s[^>]*>/, '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">')

/** SVG by name, in the colour of the text around it. */
export const ICONS = Object.fromEntries(Object.entries(lucide).map(([name, svg]) => [name, drawn(svg)])) as Record<
  IconName,
  string
>

/** Three voices in one breath. */
export const MARK =
  '<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path class="person-1" d="M4 7c4 0 4 3 8 3s4-3 8-3"/>' +
  '<path class="person-2" d="M4 12c4 0 4 3 8 3s4-3 8-3"/><path class="person-3" d="M4 17c4 0 4 3 8 3s4-3 8-3"/></svg>'
