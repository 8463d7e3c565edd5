// Files within pages: their addresses, which hold the size of a picture, and where a text names them.
// fileAddress · readAddress · filesWanted · fileName · shownAs · pictured

import { leafOf, titleKey } from './titles.ts'

/** What an address tells of a file. `ref` is the beginning of its hash; `width` and `height` are a picture's. */
export interface FileAddress {
  ref: string
  name: string
  width: number | null
  height: number | null
}

/** Characters of a hash in an address. */
export const REF_LENGTH = 16

const NAME_MAX = 150
const ADDRESS = /^\/files\/([0-9a-f]{16})(?:-(\d{1,5})x(\d{1,5}))?\/([^/?#]+)$/
const ADDRESSES = /\/files\/([0-9a-f]{16})(?=[-/])/g
// “[[notes.pdf]]” and “![[a/photo.jpg|300]]”: something with an ending in double brackets.
const NAMED = /\[\[([^[\]|#\n]{1,400}\.[\p{L}\p{N}]{1,10})\s*(?:[|#][^[\]\n]*)?\]\]/gu

/** The address of a file: a picture's size is in it, so that whoever draws it knows the size before the picture comes. */
export function fileAddress({ ref, name, width, height }: FileAddress): string {
  const size = width && height ? `-${width}x${height}` : ''
  // Markdown ends an address at a bracket.
  const encoded = encodeURIComponent(name).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16)}`)
  return `/files/${ref}${size}/${encoded}`
}

/** What an address says, or null where it is not one of a file. */
export function readAddress(address: string): FileAddress | null {
  const [, ref, width, height, encoded] = ADDRESS.exec(address) ?? []
  if (!ref || !encoded) return null
  try {
    const size = { width: width ? Number(width) : null, height: height ? Number(height) : null }
    return { ref, name: decodeURIComponent(encoded), ...size }
  } catch {
    return null
  }
}

/** What a text asks for: refs of addresses, and keys of names between double brackets. Rather too many than too few. */
export function filesWanted(text: string): Set<string> {
  const wanted = new Set<string>()
  for (const [, ref] of text.matchAll(ADDRESSES)) wanted.add(ref!)
  for (const [, name] of text.matchAll(NAMED)) wanted.add(titleKey(leafOf(name!.trim())))
  return wanted
}

/** A file's name as it is kept: without paths, invisible characters and signs that Markdown or Windows would take amiss. */
export function fileName(raw: string): string {
  const leaf = raw.replace(/^.*[/\\]/su, '')
  const clean = leaf
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu, '')
    .replace(/[<>:"|?*#[\]{}^`\ufffd]/gu, '-')
    .replace(/\s+/gu, ' ')
    .replace(/^[\s.]+|[\s.]+$/gu, '')
  if (clean.length <= NAME_MAX) return clean || 'file'
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(clean)?.[0] ?? ''
  return (
    clean
      .slice(0, NAME_MAX - ending.length)
      .toWellFormed()
      .replace(/\ufffd$/, '')
      .trimEnd() + ending
  )
}

const SHOWN: Record<string, 'audio' | 'video'> = {
  mp4: 'video',
  webm: 'video',
  ogv: 'video',
  mp3: 'audio',
  ogg: 'audio',
  oga: 'audio',
  opus: 'audio',
  m4a: 'audio',
  wav: 'audio',
  flac: 'audio',
}

/** How a file of ours at this address is shown within a text: as a picture, or by its ending as sound or film. */
export function shownAs(address: string): 'image' | 'audio' | 'video' {
  const name = readAddress(address)?.name
  return (name && SHOWN[name.slice(name.lastIndexOf('.') + 1).toLowerCase()]) || 'image'
}

/** “Bread|300”, “Bread|x200” or “Bread|300x200”: the words for a picture, and the size in which it is wanted. */
const SIZED = /^([\s\S]*)\|\s*(?:(\d{1,4})(?:x(\d{1,4}))?|x(\d{1,4}))\s*$/

/** The sides in which a picture is drawn, as far as they are known. */
export interface DrawnSize {
  width?: number
  height?: number
}

/** A picture's words and the size to draw it in: from the words, from its address, or from both. */
export function pictured(words: string, address: string): { alt: string; size: DrawnSize } {
  const own = readAddress(address)
  const known = own?.width && own.height ? { width: own.width, height: own.height } : null
  const [, alt, width, height, only] = SIZED.exec(words) ?? []
  if (alt === undefined) return { alt: words, size: known ?? {} }
  const wanted: DrawnSize = {
    ...(width && { width: Number(width) }),
    ...((height ?? only) && { height: Number(height ?? only) }),
  }
  // With one side wanted the other follows, where the picture's own are known.
  if (known && wanted.width === undefined) wanted.width = scaled(known.width, wanted.height! / known.height)
  if (known && wanted.height === undefined) wanted.height = scaled(known.height, wanted.width! / known.width)
  return { alt: alt.trim(), size: wanted }
}

function scaled(side: number, by: number): number {
  return Math.max(1, Math.round(side * by))
}
