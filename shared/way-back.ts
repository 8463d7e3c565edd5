// Where somebody goes on after signing in: an address that came from outside, held to this wiki.
// wayBack

// Any origin will do: what leaves it would leave the wiki's too.
const HERE = 'http://wiki.invalid'

/** The path, query and hash of an address within this wiki; `/` for one that leads elsewhere or is none. Never throws. */
export function wayBack(asked: string): string {
  if (!asked.startsWith('/') || !URL.canParse(asked, HERE)) return '/'
  // Parsed as browsers do: they drop tabs and line ends, and take `\` for `/`.
  const { origin, pathname, search, hash } = new URL(asked, HERE)
  // `/.//elsewhere` becomes a path that begins like another host.
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : '/'
}
