// The whole wiki as a folder or zip of Markdown files, which import again to the same wiki.
// exportVault

import { readAddress } from '../../../shared/files.ts'
import { pathOf } from '../../../shared/titles.ts'
import { File, type FileRow, Page } from '../../db/entities.ts'
import type { Wiring } from '../context.ts'
import type { Files } from '../files.ts'
import type { Pages } from '../pages.ts'
import { relativePath, rewriteDestinations } from './destinations.ts'
import { openSink, type Sink } from './entries.ts'
import { fileNamesFor, Paths, seemsTitled, titleOfFile, withTitle } from './names.ts'

const TOGETHER = 200

/** What was written. */
export interface ExportReport {
  pages: number
  files: number
}

/**
 * Writes everything that is not in the trash.
 * @throws WikiError `conflict` where there is something at this place already; what the disk says
 */
export async function exportVault(
  { wiring, pages, files }: { wiring: Wiring; pages: Pages; files: Files },
  path: string,
  tell: (done: number, total: number) => void = () => {},
): Promise<ExportReport> {
  const { db } = wiring
  const sink = await openSink(path)
  try {
    const titles = (await db.em().find(Page, {}, { fields: ['title'] })).map(({ title }) => title)
    const stored = await db.em().find(File, {}, { orderBy: { id: 'asc' } })
    const paths = new Paths()
    const names = fileNamesFor(titles, paths)
    const places = new Map(stored.map(row => [row.id, placeOf(row, paths)]))
    const total = names.size + stored.length
    let done = 0
    const report: ExportReport = { pages: 0, files: 0 }
    const writer = new Writer(names, stored, places)
    for (let after = 0; ; ) {
      const rows = await db.em().find(Page, { id: { $gt: after } }, { orderBy: { id: 'asc' }, limit: TOGETHER })
      if (rows.length === 0) break
      after = rows.at(-1)!.id
      for (const row of rows) {
        // Made or renamed since the list was.
        const name =
          names.get(row.title) ?? paths.file(row.title.split('/').slice(0, -1), row.title.split('/').at(-1)!, '.md')
        await sink.text(name, writer.page(row.title, name, await pages.content(row)))
        report.pages++
        tell(++done, total)
      }
    }
    for (const row of stored) {
      if (await files.store.has(row.hash)) {
        await sink.file(places.get(row.id)!, files.store.pathOf(row.hash))
        report.files++
      }
      tell(++done, total)
    }
    await sink.close()
    return report
  } catch (error) {
    await (sink as Sink).abandon()
    throw error
  }
}

function placeOf({ folder, name }: FileRow, paths: Paths): string {
  return paths.file(folder === '' ? [] : folder.split('/'), name)
}

/** Writes pages as files: their addresses as ways between files, their title where the name does not say it. */
class Writer {
  readonly #pages: Map<string, string>
  readonly #files = new Map<string, { name: string; place: string }[]>()

  constructor(names: Map<string, string>, stored: FileRow[], places: Map<number, string>) {
    this.#pages = new Map([...names].map(([title, name]) => [pathOf(title), name]))
    for (const { ref, name, id } of stored) {
      const same = this.#files.get(ref)
      const one = { name, place: places.get(id)! }
      if (same) same.push(one)
      else this.#files.set(ref, [one])
    }
  }

  page(title: string, name: string, text: string): string {
    const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : ''
    const moved = rewriteDestinations(text, address => {
      const [, bare = '', hash = ''] = /^([^#]*)(#.*)?$/s.exec(address) ?? []
      const target = this.#target(bare)
      return target === null ? null : relativePath(folder, target) + hash
    })
    const whole = titleOfFile(name) === title && !seemsTitled(moved) ? moved : withTitle(moved, title)
    // Whoever reads it takes one such mark for the beginning of the file.
    return whole.startsWith('\ufeff') ? `\ufeff${whole}` : whole
  }

  #target(address: string): string | null {
    const file = readAddress(address)
    if (!file) return this.#pages.get(address) ?? null
    const same = this.#files.get(file.ref)
    return (same?.find(({ name }) => name === file.name) ?? same?.[0])?.place ?? null
  }
}
