// The tree that titles make, kept up with what happens: only levels that are known are touched.
// levelOf · plant · uproot · order

import type { Tree } from '../shared/boot.ts'
import type { Branch, Page } from '../shared/protocol.ts'
import { leafOf, pathOf, titleKey } from '../shared/titles.ts'

/** The known level under a title, however that is spelled. */
export function levelOf(tree: Tree, under: string): Branch[] | undefined {
  if (tree[under]) return tree[under]
  const key = titleKey(under)
  return tree[Object.keys(tree).find(title => titleKey(title) === key) ?? ' ']
}

/** Walks from the top to a title: every level that is known, with the part of the title that stands in it. */
function* steps(tree: Tree, title: string): Generator<{ level: Branch[]; part: string; last: boolean }> {
  const segments = title.split('/')
  for (let i = 1; i <= segments.length; i++) {
    const level = levelOf(tree, segments.slice(0, i - 1).join('/'))
    if (level) yield { level, part: segments.slice(0, i).join('/'), last: i === segments.length }
  }
}

/** A page has come to stand somewhere. */
export function plant(tree: Tree, page: Pick<Page, 'id' | 'title' | 'path'>): void {
  for (const { level, part, last } of steps(tree, page.title)) {
    const key = titleKey(part)
    let branch = level.find(({ title }) => titleKey(title) === key)
    if (last && branch?.page === page.id) return
    if (!branch) {
      branch = { title: part, page: null, path: pathOf(part), children: 0, placed: false }
      // Whoever was given no place stands behind those who were, by name.
      const at = level.findIndex(({ title, placed }) => !placed && titleKey(title) > key)
      level.splice(at < 0 ? level.length : at, 0, branch)
    }
    if (last) Object.assign(branch, { title: page.title, page: page.id, path: page.path })
    else branch.children += 1
  }
}

/** The page of a title has gone elsewhere. */
export function uproot(tree: Tree, title: string): void {
  for (const { level, part, last } of steps(tree, title)) {
    const key = titleKey(part)
    const branch = level.find(other => titleKey(other.title) === key)
    if (!branch) continue
    if (last) branch.page = null
    else branch.children -= 1
    if (branch.page === null && branch.children <= 0) level.splice(level.indexOf(branch), 1)
  }
}

/** The titles under another stand in a given order now; `keys` are those of the last segments that have a place. */
export function order(tree: Tree, under: string, keys: string[]): void {
  const level = levelOf(tree, under)
  if (!level) return
  const places = new Map(keys.map((key, i) => [key, i]))
  const placeOf = ({ title }: Branch) => places.get(titleKey(leafOf(title)))
  for (const branch of level) branch.placed = placeOf(branch) !== undefined
  level.sort((a, b) => {
    const [one, other] = [placeOf(a), placeOf(b)]
    if (one !== undefined || other !== undefined) return (one ?? Infinity) - (other ?? Infinity)
    return titleKey(a.title) < titleKey(b.title) ? -1 : 1
  })
}
