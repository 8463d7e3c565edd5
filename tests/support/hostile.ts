// Uploads that nobody honest sends: one table of bodies, for every address that takes a file.
// Hostile · hostileUploads · zeros

import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** One upload. What runs of it, anywhere, asks for `/ran` or opens a dialog. */
export interface Hostile {
  words: string
  body(field: string): Buffer
  boundary: string
  /** The line breaks after this many bytes of it. */
  cut?: number
}

const SCRIPT = "fetch('/ran');alert('ran')"
const HTML = `<!doctype html><body onload="${SCRIPT}"><script>${SCRIPT}</script>`
const SVG = (inner: string, attributes = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" ${attributes}>${inner}</svg>`

function png(width: number, height: number, rows: Buffer, more: Buffer[] = []): Buffer {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), ...more, chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

/** A bomb: so many zero bytes that take a thousandth of that. */
export const zeros = (bytes: number): Buffer => deflateSync(Buffer.alloc(bytes), { level: 9 })

// A GIF of one colour whose header says more than its bytes: as many frames as one likes, each as large as one likes.
function gif(side: number, frames: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt16LE(side, 0)
  size.writeUInt16LE(side, 2)
  const frame = Buffer.concat([Buffer.from([0x2c, 0, 0, 0, 0]), size, Buffer.from([0, 2, 2, 0x4c, 1, 0])])
  const head = Buffer.concat([Buffer.from('GIF89a'), size, Buffer.from([0x80, 0, 0, 0, 0, 0, 255, 255, 255])])
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from([0x3b])])
}

async function payloads(): Promise<[words: string, bytes: Buffer][]> {
  const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: 'tomato' } })
  const [asPng, asJpeg, asGif, asWebp] = await Promise.all([
    picture.png().toBuffer(),
    picture.jpeg().toBuffer(),
    picture.gif().toBuffer(),
    picture.webp().toBuffer(),
  ])
  const text = (words: string) => Buffer.from(words)
  const comment = text(HTML)
  const marker = Buffer.from([0xff, 0xfe, 0, 0])
  marker.writeUInt16BE(comment.length + 2, 2)
  return [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0])],
    ['a web page', text(HTML)],
    ['a web page behind white space', text(`${'\n '.repeat(600)}${HTML}`)],
    ['a web page in UTF-16', Buffer.from(`\ufeff${HTML}`, 'utf16le')],
    ['a web page in UTF-7', text('+ADw-script+AD4-alert(1)+ADw-/script+AD4-')],
    ['a program', text(SCRIPT)],
    ['a style sheet', text('*{background:url(/ran)}')],
    [
      'XHTML',
      text(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>${SCRIPT}</script></html>`),
    ],
    ['XML with a style', text(`<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#x"?><x id="x"/>`)],
    ['an SVG with a script', text(SVG(`<script>${SCRIPT}</script>`))],
    ['an SVG that loads', text(SVG('', `onload="${SCRIPT}"`))],
    [
      'an SVG with a page in it',
      text(SVG(`<foreignObject><body xmlns="http://www.w3.org/1999/xhtml" onload="${SCRIPT}"/></foreignObject>`)),
    ],
    ['an SVG that uses another', text(SVG('<use xlink:href="/ran#x"/><image xlink:href="/ran"/>'))],
    [
      'an SVG with an entity',
      text(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${SVG('<text>&x;</text>')}`),
    ],
    [
      'a billion laughs',
      text(
        `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(99)}"><!ENTITY c "${'&b;'.repeat(99)}">]>${SVG('<text>&c;</text>')}`,
      ),
    ],
    [
      'a PDF with a script',
      text(
        `%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>`,
      ),
    ],
    ['a GIF that is a program', text(`GIF89a/*${' '.repeat(40)}*/=1;${SCRIPT}`)],
    ['a GIF with a page behind it', Buffer.concat([asGif, comment])],
    ['a JPEG with a page in its comment', Buffer.concat([asJpeg.subarray(0, 2), marker, comment, asJpeg.subarray(2)])],
    ['a PNG with a page in its words', png(8, 8, zeros(16), [chunk('tEXt', text(`Comment\0${HTML}`))])],
    ['a PNG with a page behind it', Buffer.concat([asPng, comment])],
    ['a WebP with a page behind it', Buffer.concat([asWebp, comment])],
    ['a PNG cut in half', asPng.subarray(0, asPng.length >> 1)],
    ['a PNG with a bent byte', Buffer.from(asPng.map((byte, i) => (i === 45 ? byte ^ 255 : byte)))],
    ['a PNG of 30,000 × 30,000', png(30_000, 30_000, zeros(30_000 * 3_751))],
    ['a PNG that says 2³¹ × 2³¹', png(2 ** 31 - 1, 2 ** 31 - 1, zeros(1_000))],
    ['a PNG of no size', png(0, 0, zeros(1))],
    ['a PNG whose rows are a bomb', png(8, 8, zeros(200_000_000))],
    [
      'a PNG whose words are a bomb',
      png(8, 8, zeros(16), [chunk('zTXt', Buffer.concat([text('Comment\0\0'), zeros(100_000_000)]))]),
    ],
    [
      'a PNG with a bomb of a colour profile',
      png(8, 8, zeros(16), [chunk('iCCP', Buffer.concat([text('x\0\0'), zeros(100_000_000)]))]),
    ],
    ['a GIF of 65,535 × 65,535', gif(65_535, 1)],
    ['a GIF of 20,000 frames', gif(400, 20_000)],
    ['a sound that is a page', text(`ID3${HTML}`)],
    ['a film that is a page', text(`\0\0\0\x18ftypisom${HTML}`)],
    ['a HEIC that is none', Buffer.concat([text('\0\0\0\x18ftypavif'), Buffer.alloc(64), comment])],
    ['a zip that is a page', text(`PK\x03\x04${HTML}`)],
    [
      'a web archive',
      text(
        `From: <x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n${HTML}\r\n--x--`,
      ),
    ],
    ['30 MB', Buffer.alloc(30 * 1024 * 1024, 7)],
  ]
}

const NAMES = [
  'me.png',
  'page.html',
  '../../../../etc/cron.d/chorus',
  '..\\..\\windows\\system32\\x.dll',
  '/etc/passwd',
  '%2e%2e%2fescape.html',
  'a.png\0.html',
  '.htaccess',
  '',
  '.',
  '..',
  'CON',
  'x'.repeat(4_000),
  'fdp.\u202Egnp.html',
  '🍞"; filename=evil.html; x="',
  "a.svg\\'><script>alert(1)</script>",
  'name.png;.html',
]
const TYPES = ['image/png', 'text/html', 'image/svg+xml', 'application/javascript', 'text/html\u0000', '../x', '']

/** All of it: each payload under a few of the names and types, and bodies that are no decent form. `every` pairs all with all. */
export async function hostileUploads(every: boolean): Promise<Hostile[]> {
  const table: Hostile[] = []
  const boundary = 'x-hostile'
  const part = (bytes: Buffer, disposition: string, type: string) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\n${disposition}\r\n${type === '' ? '' : `Content-Type: ${type}\r\n`}\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ])
  const end = Buffer.from(`--${boundary}--\r\n`)
  const plain = (field: string, name = 'me.png') =>
    `Content-Disposition: form-data; name="${field}"; filename="${name}"`
  const all = await payloads()
  for (const [i, [words, bytes]] of all.entries()) {
    const names = every ? NAMES : [NAMES[i % NAMES.length]!]
    for (const [n, name] of names.entries()) {
      const type = TYPES[(i + n) % TYPES.length]!
      const body = (field: string) => Buffer.concat([part(bytes, plain(field, name), type), end])
      table.push({ words: `${words}, called ${JSON.stringify(name.slice(0, 40))}`, body, boundary })
    }
    // Broken off: in its middle, and before its last boundary.
    if (bytes.length > 0 && (every || i % 4 === 0))
      for (const cut of [bytes.length >> 1, bytes.length + 100])
        table.push({
          words: `${words}, broken off after ${cut} bytes`,
          body: field => Buffer.concat([part(bytes, plain(field), 'image/png'), end]),
          boundary,
          cut,
        })
  }
  const bytes = all.find(([words]) => words === 'a GIF with a page behind it')![1]
  const dispositions: [string, (field: string) => string][] = [
    ['no disposition', () => 'X-Nothing: here'],
    ['an attachment', field => `Content-Disposition: attachment; name="${field}"; filename="x.png"`],
    ['a name in RFC 5987', field => `${plain(field)}; filename*=UTF-8''..%2F..%2Fescape.html`],
    ['two names', field => `${plain(field)}; filename="../../escape"`],
    ['an open quote', field => `Content-Disposition: form-data; name="${field}"; filename="x`],
    ['a field of nested names', field => `Content-Disposition: form-data; name="${field}[__proto__][x]"; filename="x"`],
    ['a field named __proto__', () => 'Content-Disposition: form-data; name="__proto__"; filename="x"'],
    ['a hundred kB of header', field => `${plain(field)}\r\nX-Long: ${'x'.repeat(100_000)}`],
    ['forty headers', field => [plain(field), ...Array.from({ length: 40 }, (_, i) => `X-${i}: y`)].join('\r\n')],
    ['a coding', field => `${plain(field)}\r\nContent-Transfer-Encoding: base64`],
  ]
  for (const [words, disposition] of dispositions)
    table.push({ words, body: field => Buffer.concat([part(bytes, disposition(field), 'image/png'), end]), boundary })
  const many = (count: number, disposition: (i: number, field: string) => string) => (field: string) =>
    Buffer.concat([...Array.from({ length: count }, (_, i) => part(bytes, disposition(i, field), '')), end])
  table.push(
    { words: 'two files', body: many(2, (_, field) => plain(field)), boundary },
    { words: 'a thousand files', body: many(1_000, (i, field) => plain(`${field}${i}`)), boundary },
    { words: 'a thousand fields', body: many(1_000, i => `Content-Disposition: form-data; name="f${i}"`), boundary },
    { words: 'no end', body: field => part(bytes, plain(field), 'image/png'), boundary },
    { words: 'no boundary', body: () => bytes, boundary },
    {
      words: 'another boundary',
      body: field => Buffer.concat([part(bytes, plain(field), ''), end]),
      boundary: 'other',
    },
    { words: 'an empty form', body: () => end, boundary },
    { words: 'a body of nothing', body: () => Buffer.alloc(0), boundary },
  )
  return table
}
