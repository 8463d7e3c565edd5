// Makes one element look like another by touching as little as possible: a selection in words that stay is kept, what
// was unfolded stays unfolded, pictures are not loaded again.
// morph

/** Nodes of our own in an article, which no text knows of. */
const OWN = '[data-own]'

/** Turns `old` into `next`, which may be taken apart for it; answers with the element that stands there then. */
export function morph(old: Element, next: Element): Element {
  if (old.nodeName !== next.nodeName || old.namespaceURI !== next.namespaceURI) {
    old.replaceWith(next)
    return next
  }
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && !(name === 'open' && old.nodeName === 'DETAILS')) old.removeAttribute(name)
  for (const { name, value } of [...next.attributes])
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  morphChildren(old, next)
  return old
}

function morphChildren(old: Element, next: Element): void {
  const before = [...old.childNodes].filter(node => !(node instanceof Element && node.matches(OWN)))
  const after = [...next.childNodes]
  let start = 0
  while (start < before.length && start < after.length && before[start]!.isEqualNode(after[start]!)) start++
  let end = 0
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end]!.isEqualNode(after[after.length - 1 - end]!)
  )
    end++
  const stale = before.slice(start, before.length - end)
  const fresh = after.slice(start, after.length - end)
  const behind = before[before.length - end] ?? [...old.childNodes].find(node => !before.includes(node)) ?? null
  fresh.forEach((node, i) => {
    const was = stale[i]
    if (!was) old.insertBefore(node, behind)
    else if (was instanceof Text && node instanceof Text) rewrite(was, node.data)
    else if (was instanceof Element && node instanceof Element) morph(was, node)
    else was.replaceWith(node)
  })
  for (const node of stale.slice(fresh.length)) node.remove()
}

/** Changes only the letters that differ, so that a selection beside them stays. */
function rewrite(text: Text, next: string): void {
  const { data } = text
  let start = 0
  const shorter = Math.min(data.length, next.length)
  while (start < shorter && data[start] === next[start]) start++
  let end = 0
  while (end < shorter - start && data[data.length - 1 - end] === next[next.length - 1 - end]) end++
  if (start + end < data.length || data.length !== next.length)
    text.replaceData(start, data.length - start - end, next.slice(start, next.length - end))
}
