// The screens about files: those of a page, those that no page uses, and what comes in and goes out.
// pageFilesScreen · filesScreen · todayScreen

import { ICONS } from '../../shared/icons.ts'
import type { Pen } from '../../shared/pieces.ts'
import type { File as FileShape, Job, Output, Page } from '../../shared/protocol.ts'
import type { Screen } from './document.ts'
import { type Html, html, raw } from './html.ts'
import { place, top } from './screens.ts'

/** A number of bytes as people say it. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000) return bytes === 1 ? '1 byte' : `${bytes} bytes`
  if (bytes < 999_500) return `${Math.round(bytes / 1_000)} kB`
  if (bytes < 999_500_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

function fileRow(pen: Pen<Html>, file: FileShape, more: Html | '' = ''): Html {
  const { id, name, path, type, bytes, width, height, author, createdAt } = file
  const picture = type.startsWith('image/') && width !== null
  const look = picture
    ? html`<img src="${path}" alt="" width="48" height="48" loading="lazy">`
    : html`<span class="file-sign" aria-hidden="true">${raw(ICONS.fileText)}</span>`
  const size = width && height ? ` · ${width} × ${height}` : ''
  return html`<li class="file" data-file="${id}">${look}<span class="row-text"><a class="row-title" href="${path}" data-full>${name}</a><span
class="row-note">${bytesInWords(bytes)}${size} · ${author.username}, ${pen.when(createdAt, 'day')}</span></span>${more}</li>`
}

/** The files that a page's text shows or links. */
export function pageFilesScreen(pen: Pen<Html>, page: Page, files: FileShape[]): Screen {
  const list =
    files.length === 0
      ? html`<div class="empty"><p>This page shows no files. Drop, paste or choose some while you write.</p></div>`
      : html`<ul class="files">${files.map(file => fileRow(pen, file))}</ul>`
  return {
    title: `Files of ${page.title} · Chorus`,
    layout: 'app',
    body: html`<drawn-view class="view">
${top(place('Files'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">Files of <a href="${page.path}">${page.title}</a></h1>
${list}</div></main></drawn-view>`,
  }
}

function jobRow({ id, words, state, done, total, report }: Job): Html {
  return html`<li class="job" data-job="${id}" data-state="${state}"><strong>${words}</strong>
<progress max="${Math.max(1, total)}" value="${done}" aria-label="${words}" ${state !== 'running' && html`hidden`}></progress>
<pre class="report" tabindex="0" ${report === '' && html`hidden`}>${report}</pre></li>`
}

/** For admins: room, unused files, import and export. */
export function filesScreen(pen: Pen<Html>, unused: Output<'file:unused'>, jobs: Job[]): Screen {
  const { files, next, total, bytes, inAll, full } = unused
  const box = (file: FileShape) =>
    html`<label class="choose"><input type="checkbox" name="file" value="${file.id}"><span class="unseen">Choose ${file.name}</span></label>`
  const rest = next === null ? '' : html`<p><a class="btn" href="/files?after=${next}">More</a></p>`
  const list =
    files.length === 0
      ? html`<p class="note">Every file is used by some page.</p>`
      : html`<form data-form="remove"><ul class="files">${files.map(file => fileRow(pen, file, box(file)))}</ul>
<div class="bar"><button class="btn danger">Remove the chosen ones</button><button type="button" class="btn ghost" data-do="all">Choose all</button></div></form>${rest}`
  return {
    title: 'Files · Chorus',
    layout: 'app',
    body: html`<files-view class="view">
${top(place('Files'))}
<main id="main" tabindex="-1"><div class="col wide settings">
<h1 class="title">Files</h1>
<p class="note">${inAll.files} ${inAll.files === 1 ? 'file' : 'files'} in all, ${bytesInWords(inAll.bytes)}.</p>
<p class="trouble-note" role="alert">${full && 'The server’s disk is nearly full: no files are taken until there is room again. Text is still saved.'}</p>
<section class="card" aria-labelledby="import-heading"><h2 id="import-heading">Import</h2>
<p class="note">A zip of Markdown files: an Obsidian or SilverBullet vault, or an export. Folders become the tree, and their pictures and files come along. The same zip again brings in only what is new.</p>
<form data-form="import"><div class="bar"><label class="unseen" for="zip">Zip file</label><input type="file" id="zip" name="file" accept=".zip,application/zip" required>
<button class="btn primary">Import</button></div><progress class="sent" max="100" value="0" aria-label="Sending the zip" hidden></progress></form>
<ul class="jobs" aria-live="polite">${jobs.map(jobRow)}</ul></section>
<section class="card" aria-labelledby="export-heading"><h2 id="export-heading">Export</h2>
<p class="note">Every page as Markdown, with all files. It imports again to the same wiki.</p>
<div class="bar"><a class="btn" href="/export.zip" download data-full>Download a zip</a></div></section>
<section class="card" aria-labelledby="unused-heading"><h2 id="unused-heading">Unused files</h2>
<p class="note">${total === 0 ? '' : `${total} ${total === 1 ? 'file takes' : 'files take'} ${bytesInWords(bytes)} and no page shows or links them. Older versions of pages may.`}</p>
${list}</section></div></main></files-view>`,
  }
}

/** The page of the day, where nobody has begun it. */
export function todayScreen(title: string): Screen {
  return {
    title: 'Today · Chorus',
    layout: 'app',
    body: html`<today-view class="view">
${top(place('Today'))}
<main id="main" tabindex="-1"><div class="col"><h1 class="title">Today</h1>
<p class="note" role="status">“${title}” is being made …</p><p class="trouble-note" role="alert"></p>
<p class="bar"><button type="button" class="btn" data-do="again" hidden>Try again</button></p>
<noscript><p class="note">This needs JavaScript. Reading works without it.</p></noscript></div></main></today-view>`,
  }
}
