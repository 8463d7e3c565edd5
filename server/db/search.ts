// The search index of this database (SQLite FTS5): passages of pages by their terms, titles in the order of their news.
// Indexed · Found · TitleNews · Filter · SearchIndex (put · remove · find · beginning · holding · titlesOf · titlesAfter)

import type { Raw } from './open.ts'
import { statement } from './statement.ts'

/** A passage of a page: what stands under one heading, or a stretch of it. All but `text` are terms with spaces between. */
export interface Indexed {
  heading: string
  /** What excerpts are cut from. */
  text: string
  /** Made only for passages that are new: making terms is most of the work. */
  terms(): { heading: string; text: string; words: Iterable<readonly [word: string, grams: string]> }
}

/** A passage that answers a question. */
export interface Found {
  passage: number
  page: number
  title: string
  heading: string
  text: string
}

/** What has become of a title; `title` is null where the page is gone. */
export interface TitleNews {
  stamp: number
  page: number
  title: string | null
}

/** What a page must be like to be found, besides its words. */
export interface Filter {
  /** A title key; the page stands under it. */
  under?: string
  /** Somebody who has written in it. */
  author?: number
  /** A tag, folded. */
  tag?: string
  /** Changed at or after this moment, in milliseconds since 1970. */
  since?: number
}

/** New passages of one page that are taken at once: some 20 ms. */
const PORTION = 30

/** One database's index. */
export class SearchIndex {
  constructor(private readonly withRaw: <T>(use: (raw: Raw) => T) => Promise<T>) {}

  /**
   * Takes a page's text in place of what was known of it; passages that stayed the same cost nothing. Of those that are
   * new at most so many are taken at once; answers false where there are more.
   */
  put(raw: Raw, page: number, title: { words: string; terms: string }, passages: Indexed[]): boolean {
    const known = statement(raw, 'select title from search_titles where page_id = ?').pluck().get(page)
    if (known !== title.words) {
      this.#nameTitle(raw, page, title.words)
      this.#dropPassages(raw, page)
    }
    const keyOf = (heading: string, text: string) => `${heading}\n${text}`
    const before = new Map<string, number[]>()
    const rows = statement(raw, 'select id, heading, text from search_passages where page_id = ?').all(page)
    for (const { id, heading, text } of rows as { id: number; heading: string; text: string }[]) {
      const key = keyOf(heading, text)
      before.set(key, [...(before.get(key) ?? []), id])
    }
    const fresh = passages.filter(passage => {
      const id = before.get(keyOf(passage.heading, passage.text))?.pop()
      // Passages that an earlier version took have no head.
      if (id !== undefined && !this.#hasHead(raw, id)) this.#addHead(raw, id, title.terms, passage.terms().heading)
      return id === undefined
    })
    for (const passage of fresh.slice(0, PORTION)) this.#addPassage(raw, page, title.terms, passage)
    for (const ids of before.values()) for (const id of ids) this.#dropPassage(raw, id)
    return fresh.length <= PORTION
  }

  /** Forgets a page. */
  remove(raw: Raw, page: number): void {
    const { changes } = statement(raw, 'delete from search_titles where page_id = ? and title is not null').run(page)
    // The row that says so has a newer stamp than the one that named it.
    if (changes > 0) statement(raw, 'insert into search_titles (page_id, title) values (?, null)').run(page)
    this.#dropPassages(raw, page)
  }

  #nameTitle(raw: Raw, page: number, title: string): void {
    statement(raw, 'delete from search_titles where page_id = ?').run(page)
    statement(raw, 'insert into search_titles (page_id, title) values (?, ?)').run(page, title)
  }

  #addPassage(raw: Raw, page: number, title: string, passage: Indexed): void {
    const { heading, text } = passage
    const { lastInsertRowid } = statement(
      raw,
      'insert into search_passages (page_id, heading, text) values (?, ?, ?)',
    ).run(page, heading, text)
    const terms = passage.terms()
    statement(raw, 'insert into search_text (rowid, title, heading, body) values (?, ?, ?, ?)').run(
      lastInsertRowid,
      title,
      terms.heading,
      terms.text,
    )
    this.#addHead(raw, lastInsertRowid, title, terms.heading)
    const name = statement(raw, 'insert into search_words (word) values (?) on conflict do nothing')
    const part = statement(raw, 'insert into search_parts (rowid, grams) values (?, ?)')
    for (const [word, grams] of terms.words) {
      const { changes, lastInsertRowid: id } = name.run(word)
      if (changes > 0) part.run(id, grams)
    }
  }

  #hasHead(raw: Raw, id: number): boolean {
    return statement(raw, 'select 1 from search_heads_docsize where id = ?').get(id) !== undefined
  }

  // Found there alone, words of headings need not be looked for among all that have them in their text.
  #addHead(raw: Raw, id: number | bigint, title: string, heading: string): void {
    statement(raw, 'insert into search_heads (rowid, title, heading) values (?, ?, ?)').run(id, title, heading)
  }

  #dropPassage(raw: Raw, id: number | bigint): void {
    statement(raw, 'delete from search_text where rowid = ?').run(id)
    statement(raw, 'delete from search_heads where rowid = ?').run(id)
    statement(raw, 'delete from search_passages where id = ?').run(id)
  }

  #dropPassages(raw: Raw, page: number): void {
    const ids = statement(raw, 'select id from search_passages where page_id = ?').pluck().all(page) as number[]
    for (const id of ids) this.#dropPassage(raw, id)
  }

  /**
   * The passages that answer an expression in FTS5's language, latest first. Where more than `most` do, as many again
   * that have the words in their title or heading come before them. FTS5's own ranks are not asked for: each counts
   * every occurrence of every word in the database. An expression that `excludes` is asked of whole passages only: what stands in their
   * text is not known among headings.
   */
  find(expression: string, filter: Filter, most: number, excludes: boolean): Promise<Found[]> {
    return this.withRaw(raw => {
      const latest = (table: 'search_text' | 'search_heads') => {
        const { joins, where, values } = conditions(table, filter)
        return statement(
          raw,
          `select s.id as passage, s.page_id as page, t.title, s.heading, s.text
           from (select ${table}.rowid as id from ${table} ${joins}
                 where ${table} match ? ${where}
                 order by ${table}.rowid desc limit ?) as found
           join search_passages s on s.id = found.id join search_titles t on t.page_id = s.page_id`,
        ).all(expression, ...values, most) as Found[]
      }
      const found = latest('search_text')
      return found.length < most || excludes ? found : [...latest('search_heads'), ...found]
    })
  }

  /** Words of the index that begin like this, at most `limit`. */
  beginning(word: string, limit: number): Promise<string[]> {
    return this.withRaw(
      raw =>
        statement(raw, 'select word from search_words where word >= ? and word < ? limit ?')
          .pluck()
          .all(word, `${word}\u{10ffff}`, limit) as string[],
    )
  }

  /** Words of the index that hold these pairs of characters behind each other, at most `limit`. */
  holding(grams: string, limit: number): Promise<string[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          'select word from search_words where id in (select rowid from search_parts where search_parts match ? limit ?)',
        )
          .pluck()
          .all(`"${grams}"`, limit) as string[],
    )
  }

  /** The titles of these pages. */
  titlesOf(pages: number[]): Promise<Map<number, string>> {
    return this.withRaw(raw => {
      const title = statement(raw, 'select title from pages where id = ?').pluck()
      return new Map(pages.map(page => [page, title.get(page) as string | undefined] as const).filter(hasTitle))
    })
  }

  /** What has become of titles since a stamp, oldest news first. */
  titlesAfter(stamp: number, limit: number): Promise<TitleNews[]> {
    return this.withRaw(
      raw =>
        statement(
          raw,
          'select id as stamp, page_id as page, title from search_titles where id > ? order by id limit ?',
        ).all(stamp, limit) as TitleNews[],
    )
  }
}

const hasTitle = (entry: readonly [number, string | undefined]): entry is [number, string] => entry[1] !== undefined

function conditions(
  table: string,
  { under, author, tag, since }: Filter,
): { joins: string; where: string; values: unknown[] } {
  const parts: string[] = []
  const values: unknown[] = []
  if (under !== undefined) {
    // '0' is the character behind '/'.
    parts.push("and p.title_key >= ? || '/' and p.title_key < ? || '0'")
    values.push(under, under)
  }
  if (author !== undefined) {
    parts.push('and exists (select 1 from page_clients c where c.page_id = p.id and c.user_id = ?)')
    values.push(author)
  }
  if (tag !== undefined) {
    parts.push('and exists (select 1 from tags t where t.page_id = p.id and t.key = ?)')
    values.push(tag)
  }
  if (since !== undefined) {
    parts.push('and p.updated_at >= ?')
    values.push(since)
  }
  const joins =
    parts.length > 0 ? `join search_passages at on at.id = ${table}.rowid join pages p on p.id = at.page_id` : ''
  return { joins, where: parts.join(' '), values }
}
