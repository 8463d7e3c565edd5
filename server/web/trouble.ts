// How an error looks to somebody who wanted a screen.
// RenderError · createTrouble · troubleScreen

import type { Request, Response } from 'express'
import { WikiError } from '../../shared/errors.ts'
import { ICONS, MARK } from '../../shared/icons.ts'
import type { Context, Wiring } from '../wiki/context.ts'
import type { Screen } from './document.ts'
import { html, raw } from './html.ts'
import type { Looks } from './looks.ts'
import { place, top } from './screens.ts'

/** Answers a request with what went wrong. */
export type RenderError = (error: unknown, req: Request, res: Response) => void

const NOBODY: Context = { actor: { role: 'guest', user: null }, address: '', via: 'http', request: '', origin: '' }

/** Draws errors; `auth` says who asks. */
export function createTrouble(
  looks: Looks,
  auth: { contextOf(req: Request, res: Response): Promise<Context> },
  log: Wiring['log'],
): RenderError {
  return (error, req, res) => {
    const known = error instanceof WikiError ? error : null
    const status = known?.status ?? statusOf(error)
    const request = String(res.getHeader('X-Request-Id') ?? '') || null
    if (status >= 500) log.error({ err: error, request }, 'a screen could not be shown')
    if (res.headersSent) {
      res.end()
      return
    }
    if (known?.code === 'unauthenticated' && req.method === 'GET') {
      res.redirect(302, `/login?next=${encodeURIComponent(req.originalUrl)}`)
      return
    }
    if (known?.details.retryAfter) res.set('Retry-After', String(known.details.retryAfter))
    const show = async () => {
      // Whoever cannot be known just now is nobody.
      const context = await auth.contextOf(req, res).catch(() => NOBODY)
      const look = looks.begin(req, res.status(status), context)
      // Where the server itself is in trouble, nothing more is asked of it.
      const calm = known?.code === 'missing' || known?.code === 'forbidden'
      const layout = calm && (await looks.furnish(look).then(Boolean, () => false)) ? 'app' : 'plain'
      await looks.send(troubleScreen(layout, ...wordsFor(known, status), status >= 500 ? request : null), look)
    }
    show().catch(cause => {
      log.error({ err: cause, request }, 'an error could not be shown')
      if (!res.headersSent) res.set('Content-Type', 'text/plain; charset=utf-8')
      res.end(res.headersSent ? undefined : (known?.message ?? 'Something went wrong. Please try again in a moment.'))
    })
  }
}

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown } | null)?.status
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500
}

function wordsFor(error: WikiError | null, status: number): [heading: string, sentence: string] {
  const headings: Partial<Record<WikiError['code'], string>> = {
    missing: 'Nothing here',
    forbidden: 'Not for this account',
    unauthenticated: 'Please sign in',
    busy: 'A moment, please',
  }
  if (error && status < 500) return [headings[error.code] ?? 'This did not work', error.message]
  if (status < 500) return ['This did not work', 'The address or the request could not be understood.']
  return ['Something went wrong', 'This is our fault, not yours. What is saved is safe; please try again in a moment.']
}

/** Something that did not work, in a sentence; `request` is the number under which the log knows why. */
export function troubleScreen(
  layout: Screen['layout'],
  heading: string,
  sentence: string,
  request: string | null,
): Screen {
  const mark = html`<a class="mark" href="/">${raw(MARK)}Chorus</a>`
  return {
    title: `${heading} · Chorus`,
    layout,
    body: html`<trouble-view class="view ${layout === 'plain' && 'trouble'}">
${layout === 'app' && top(place(heading))}
<main id="main" tabindex="-1"><div class="col wide">
${layout === 'plain' && mark}
<h1 class="title">${heading}</h1>
<div class="empty">
<p>${sentence}</p>
${request && html`<p class="note">If you ask somebody about it, name this number: <code>${request}</code></p>`}
<p><a class="btn" href="/">${raw(ICONS.house)}Home</a></p></div>
</div></main></trouble-view>`,
  }
}
