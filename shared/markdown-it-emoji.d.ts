declare module 'markdown-it-emoji/lib/data/full.mjs' {
  /** GitHub's names of emoji, without colons, and their signs. */
  const names: Record<string, string>
  export default names
}
