// The screens that ask for something: a new page, a name and a password, a profile, people and their roles.
// createScreen · signInScreen · signOutScreen · profileScreen · draftsScreen · peopleScreen

import type { Boot } from '../../shared/boot.ts'
import { ICONS, type IconName, MARK } from '../../shared/icons.ts'
import { personPath } from '../../shared/people.ts'
import type { Pen } from '../../shared/pieces.ts'
import type { Account } from '../../shared/protocol.ts'
import type { Config } from '../config.ts'
import type { Screen } from './document.ts'
import { type Html, html, raw } from './html.ts'
import { place, top } from './screens.ts'

const noScript = html`<noscript><p class="note">This needs JavaScript. Reading works without it.</p></noscript>`

/** A labelled field, with a place for what is wrong with it. */
function field(label: string, name: string, attributes: Html, hint = ''): Html {
  return html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" ${attributes} aria-describedby="${name}-note">
<p class="note" id="${name}-note">${hint}</p></div>`
}

/** A new page, which may begin from one of these templates. */
export function createScreen(title: string, templates: { page: number; name: string }[] = []): Screen {
  const option = ({ page, name }: { page: number; name: string }) => html`<option value="${page}">${name}</option>`
  const beginning =
    templates.length === 0
      ? ''
      : html`<div class="field inline"><label for="template">Begin from</label> <select id="template" name="template"><option value="">an empty page</option>${templates.map(option)}</select></div>`
  return {
    title: 'New page · Chorus',
    layout: 'app',
    body: html`<create-view class="view">
${top(place('New page'))}
<main id="main" tabindex="-1"><div class="col">
<h1 class="unseen">New page</h1>
<form method="post" class="create" novalidate>
<div class="field"><label class="unseen" for="title">Title</label>
<textarea id="title" name="title" class="title" rows="1" maxlength="250" placeholder="Title" spellcheck="true" aria-describedby="title-note">${title}</textarea>
<p class="note" id="title-note">A “/” puts the page under another: <q>Bakery handbook/Sourdough</q>.</p></div>
${beginning}
<div class="field grow"><label class="unseen" for="content">Text</label>
<textarea id="content" name="content" class="text" rows="14" placeholder="Begin to write. Markdown works; [[Title]] links to another page." aria-describedby="content-note"></textarea>
<p class="note" id="content-note"></p></div>
<div class="bar"><button class="btn primary">Make the page</button><span class="kept" role="status"></span></div>
${noScript}
</form></div></main></create-view>`,
  }
}

/** The ways in. */
export type WayIn = 'login' | 'register' | 'invite' | 'reset'

const WAYS: Record<WayIn, { heading: string; button: string; title: string }> = {
  login: { heading: 'Welcome back', button: 'Sign in', title: 'Sign in' },
  register: { heading: 'Join this wiki', button: 'Make my account', title: 'Make an account' },
  invite: { heading: 'You are invited', button: 'Make my account', title: 'Make an account' },
  reset: { heading: 'Choose a new password', button: 'Change my password', title: 'New password' },
}

const voice = html`<aside class="voice" aria-label="What Chorus is"><p>Change a number here, and every open page shows it at once<span
  class="caret person-4" aria-hidden="true"><i>grace</i></span></p></aside>`

/** What the ways in depend on. */
export interface WayInOptions {
  /** Where to go afterwards. */
  next: string
  /** Of the invitation or the reset link. */
  token: string | undefined
  registration: Config['registration']
}

const CLOSED: Record<Config['registration'], string | null> = {
  open: null,
  invite: 'New accounts need an invitation here. Ask an admin of this wiki for a link.',
  closed: 'New accounts are not made here. Ask an admin of this wiki.',
}

/** Sign in, register, accept an invitation, choose a new password. */
export function signInScreen(way: WayIn, { next, token, registration }: WayInOptions): Screen {
  const { heading, button, title } = WAYS[way]
  const query = next === '/' ? '' : `?next=${encodeURIComponent(next)}`
  const isNew = way !== 'login'
  const closed = way === 'register' ? CLOSED[registration] : null
  const name = field(
    'Name',
    'username',
    html`autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="50" required`,
  )
  const password = field(
    way === 'reset' ? 'New password' : 'Password',
    'password',
    html`type="password" autocomplete="${isNew ? 'new-password' : 'current-password'}" maxlength="256" required`,
    isNew ? 'At least 8 characters. A few words make a good one.' : '',
  )
  const form = html`<form method="post" novalidate>
${way !== 'reset' && name}
${password}
<p class="trouble-note" role="alert"></p>
<button class="btn primary">${button}</button>
${noScript}
</form>`
  const first = html`<p>${closed}</p>
<details><summary>This wiki is new: make its first account</summary>${form}</details>`
  const signIn = html`<a href="/login${query}">Sign in</a>`
  const other = {
    login: html`New here? <a href="/register${query}">Make an account</a>`,
    register: html`Already here? ${signIn}`,
    invite: html`Already here? ${signIn}`,
    reset: html`Do you know your password after all? ${signIn}`,
  }[way]
  return {
    title: `${title} · Chorus`,
    layout: 'plain',
    body: html`<sign-in-view class="view sign" data-way="${way}" data-next="${next}" data-token="${token}">
<main id="main" tabindex="-1"><div class="way"><a class="mark" href="/">${raw(MARK)}Chorus</a>
<h1>${heading}</h1>
${closed ? first : form}
<p class="note">${other}</p></div></main>
${voice}
</sign-in-view>`,
  }
}

/** Asks before signing out, because an address alone must change nothing. */
export function signOutScreen(boot: Boot): Screen {
  return {
    title: 'Sign out · Chorus',
    layout: 'plain',
    body: html`<sign-in-view class="view sign" data-way="logout">
<main id="main" tabindex="-1"><div class="way"><a class="mark" href="/">${raw(MARK)}Chorus</a>
<h1>Sign out?</h1>
<form method="post"><p>You are signed in as ${boot.user!.username}.</p>
<p class="trouble-note" role="alert"></p>
<button class="btn primary">Sign out</button>
${noScript}</form>
<p class="note"><a href="/">Stay</a></p></div></main>
${voice}
</sign-in-view>`,
  }
}

/** One's own account. */
export function profileScreen(pen: Pen<Html>, boot: Boot): Screen {
  const user = boot.user!
  const theme = (value: string, icon: IconName, words: string) =>
    html`<label class="choice"><input type="radio" name="theme" value="${value}"><span>${raw(ICONS[icon])}${words}</span></label>`
  return {
    title: 'Profile · Chorus',
    layout: 'app',
    body: html`<profile-view class="view">
${top(place('Profile'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">Profile</h1>
<section class="card face" aria-labelledby="face-heading"><h2 id="face-heading">Picture</h2>
<div class="drop"><div class="big">${pen.avatar(user)}</div>
<div><p>Drop a picture here, or <label class="btn" for="avatar">${raw(ICONS.imagePlus)}Choose one</label>
<input class="unseen" type="file" id="avatar" name="avatar" accept="image/png,image/jpeg,image/gif,image/webp" aria-describedby="avatar-note"></p>
<p class="note" id="avatar-note">PNG, JPEG, GIF or WebP. You choose the part that is shown; everybody sees it at once.</p>
<p class="row-of"><button type="button" class="btn ghost" data-do="remove-avatar" ${!user.avatar && html`hidden`}>${raw(ICONS.trash)}Remove the picture</button></p>
<p class="trouble-note" role="alert"></p></div></div></section>
<section class="card" aria-labelledby="name-heading"><h2 id="name-heading">Name</h2>
<form method="post" data-form="name" novalidate>${field(
      'Your name',
      'username',
      html`value="${user.username}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="50" required`,
      'What others see beside what you write. You sign in with it, too.',
    )}
<div class="bar"><button class="btn">Change my name</button><span class="kept" role="status"></span></div></form></section>
<section class="card" aria-labelledby="password-heading"><h2 id="password-heading">Password</h2>
<form method="post" data-form="password" novalidate>
<input class="unseen" type="text" name="account" autocomplete="username" value="${user.username}" aria-hidden="true" tabindex="-1" readonly>
${field('Current password', 'current', html`type="password" autocomplete="current-password" maxlength="256" required`)}
${field('New password', 'password', html`type="password" autocomplete="new-password" maxlength="256" required`, 'At least 8 characters. Your other sessions are signed out.')}
<div class="bar"><button class="btn">Change my password</button><span class="kept" role="status"></span></div></form></section>
<section class="card awake" aria-labelledby="look-heading"><h2 id="look-heading">On this device</h2>
<fieldset class="choices"><legend>Appearance</legend>${theme('system', 'monitor', 'As the system')}${theme('light', 'sun', 'Light')}${theme('dark', 'moon', 'Dark')}</fieldset>
<label class="switch"><input type="checkbox" name="contrast"> <span>High contrast: stronger letters, lines and colours</span></label>
<label class="switch"><input type="checkbox" name="keys" checked> <span>Single-key shortcuts: <kbd>e</kbd> edits a page, <kbd>/</kbd> jumps to one</span></label></section>
<section class="card" aria-labelledby="out-heading"><h2 id="out-heading">Leave</h2>
<p><a class="btn" href="/logout" data-do="sign-out">${raw(ICONS.logOut)}Sign out</a></p></section>
${noScript}
</div></main></profile-view>`,
  }
}

/** Work the server did not take; the browser fills it from this device. */
export function draftsScreen(): Screen {
  return {
    title: 'Recovered drafts · Chorus',
    layout: 'app',
    body: html`<drafts-view class="view">
${top(place('Recovered drafts'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">Recovered drafts</h1>
<p class="lead">What you wrote and the wiki could not take, for instance because somebody else made the page first. It is kept on this device only, until you discard it.</p>
<draft-list></draft-list>
${noScript}
</div></main></drafts-view>`,
  }
}

const ROLES = { reader: 'may read', editor: 'may read and write', admin: 'may do everything' }

/** Everyone with an account, for admins. */
export function peopleScreen(pen: Pen<Html>, users: Account[], next: number | null): Screen {
  const option = (role: string, chosen: string) =>
    html`<option value="${role}" ${role === chosen && html`selected`}>${role}</option>`
  const row = (
    user: Account,
  ) => html`<li class="person ${user.disabled && 'disabled'}" data-user="${user.id}">${pen.avatar(user)}<span class="row-text"><a
class="row-title" href="${personPath(user.username)}">${user.username}</a><span class="row-note">since ${pen.when(user.createdAt, 'day')}${
    user.seenAt && html` · seen ${pen.when(user.seenAt, 'sentence')}`
  } <b class="state">${user.disabled && 'disabled'}</b></span></span>
<label><span class="unseen">Role of ${user.username}</span><select data-do="role">${Object.keys(ROLES).map(role => option(role, user.role))}</select></label>
<details class="menu"><summary class="btn ghost" aria-label="More about ${user.username}">${raw(ICONS.ellipsis)}</summary><ul class="pop">
<li><button type="button" data-do="reset-link">${raw(ICONS.link)}Reset link</button></li>
<li><button type="button" data-do="sign-out-everywhere">${raw(ICONS.logOut)}Sign out everywhere</button></li>
<li><button type="button" data-do="disable">${raw(ICONS.lock)}<span class="words">${user.disabled ? 'Let in again' : 'Disable'}</span></button></li></ul></details></li>`
  return {
    title: 'People · Chorus',
    layout: 'app',
    body: html`<people-view class="view">
${top(place('People'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">People</h1>
<section class="card" aria-labelledby="invite-heading"><h2 id="invite-heading">Invite somebody</h2>
<form method="post" data-form="invite"><div class="bar"><label for="role">They</label><select id="role" name="role">${Object.entries(
      ROLES,
    ).map(
      ([role, words]) => html`<option value="${role}" ${role === 'editor' && html`selected`}>${words}</option>`,
    )}</select><button class="btn primary">Make an invite link</button></div></form>
<div class="made" role="status"></div></section>
<section aria-labelledby="accounts-heading"><h2 class="h" id="accounts-heading">Accounts</h2>
<p class="trouble-note" role="alert"></p>
<ul class="rows people">${users.map(row)}</ul>
${next && html`<p class="more"><a class="btn" rel="next" href="/people?after=${next}">More people</a></p>`}</section>
${noScript}
</div></main></people-view>`,
  }
}
