// What a file is, by its first bytes; what its name or its sender says is no evidence.
// FileType · fileType · HEAD

/** A type that we tell browsers. `shown`: they may show it where it stands; everything else is for keeping. */
export interface FileType {
  type: string
  shown: boolean
  /** A picture that is decoded before it is kept. */
  picture: boolean
}

/** So many bytes are looked at. */
export const HEAD = 4_100

const picture = (type: string): FileType => ({ type, shown: true, picture: true })
const media = (type: string): FileType => ({ type, shown: true, picture: false })
const other = (type: string): FileType => ({ type, shown: false, picture: false })

const BRANDS: Record<string, FileType> = {
  avif: picture('image/avif'),
  heic: other('image/heic'),
  heix: other('image/heic'),
  mif1: other('image/heic'),
  msf1: other('image/heic'),
  'M4A ': media('audio/mp4'),
  'M4B ': media('audio/mp4'),
  'qt  ': other('video/quicktime'),
}

/** The type of a file by its first `HEAD` bytes. */
export function fileType(head: Buffer): FileType {
  const at = (offset: number, text: string) => head.toString('latin1', offset, offset + text.length) === text
  if (at(0, '\x89PNG\r\n\x1a\n')) return picture('image/png')
  if (at(0, '\xff\xd8\xff')) return picture('image/jpeg')
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return picture('image/gif')
  if (at(0, 'RIFF') && at(8, 'WEBP')) return picture('image/webp')
  if (at(4, 'ftyp')) return BRANDS[head.toString('latin1', 8, 12)] ?? media('video/mp4')
  if (at(0, '\x1a\x45\xdf\xa3'))
    return head.subarray(0, 64).includes('webm') ? media('video/webm') : other('video/matroska')
  if (at(0, 'OggS')) return media(head.subarray(0, 512).includes('theora') ? 'video/ogg' : 'audio/ogg')
  if (at(0, 'ID3') || at(0, '\xff\xfb') || at(0, '\xff\xf3') || at(0, '\xff\xf2')) return media('audio/mpeg')
  if (at(0, 'RIFF') && at(8, 'WAVE')) return media('audio/wav')
  if (at(0, 'fLaC')) return media('audio/flac')
  if (at(0, '%PDF-')) return other('application/pdf')
  if (at(0, 'PK\x03\x04')) return other('application/zip')
  const text = words(head)
  if (text === null) return other('application/octet-stream')
  // Within <img> an SVG is a picture and runs nothing; opened by itself it is only ever downloaded.
  if (/^\s*(<\?xml|<!--|<!doctype svg|<svg)/i.test(text) && /<svg[\s>]/i.test(text)) return other('image/svg+xml')
  return other('text/plain; charset=utf-8')
}

/** The bytes as text, or null where they are none. */
function words(head: Buffer): string | null {
  try {
    // Cut between characters, the last one may be half.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}
