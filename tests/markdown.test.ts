import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { highlight } from '../server/web/highlight.ts'
import { passagesOf } from '../server/wiki/passages.ts'
import '../shared/emoji-names.ts'
import { parse, type Resolved } from '../shared/markdown.ts'
import { parseTitle, pathOf, SEGMENT_MAX } from '../shared/titles.ts'
import { readStrictly } from './support/strict-html.ts'

const VAULT = join(import.meta.dirname, '../../shared/data/vault')

const PAGES: Record<string, Resolved> = {
  Sourdough: { title: 'Bakery handbook/Sourdough', path: pathOf('Bakery handbook/Sourdough') },
  'Starter care': { title: 'Starter care', path: pathOf('Starter care') },
  Prices: 'ambiguous',
}

function render(source: string): string {
  return parse(source).html({ resolve: title => PAGES[title] ?? 'missing' })
}

/** The article without the lines it says where blocks begin. */
function plainly(source: string): string {
  return render(source)
    .replace(/ data-line="\d+"/g, '')
    .trim()
}

describe('wiki links', () => {
  test('lead to the page, and one that nobody has written leads to where it is written', () => {
    expect(plainly('[[Sourdough]]')).toBe(
      '<p><a class="wiki" href="/wiki/Bakery_handbook/Sourdough" data-title="Sourdough">Sourdough</a></p>',
    )
    expect(plainly('[[Proofing  cellar]]')).toBe(
      '<p><a class="wiki missing" href="/create?title=Proofing%20cellar" title="Proofing cellar does not exist yet; write it" data-title="Proofing cellar">Proofing cellar</a></p>',
    )
    expect(plainly('[[Prices]]')).toContain(
      '<a class="wiki missing ambiguous" href="/create?title=Prices" title="Several',
    )
  })
  test('show other words, and lead to a heading', () => {
    expect(plainly('[[Starter care|the *starter*]]')).toContain('data-title="Starter care">the <em>starter</em></a>')
    expect(plainly('[[Starter care#Größe & Ratios]]')).toContain(
      'href="/wiki/Starter_care#h-gr%C3%B6%C3%9Fe--ratios" data-title="Starter care" data-hash="#h-gr%C3%B6%C3%9Fe--ratios">Starter care § Größe &amp; Ratios</a>',
    )
    expect(plainly('# Ratios\n\n[[#Ratios]]')).toContain('<p><a href="#h-ratios">Ratios</a></p>')
    expect(plainly('[[Nowhere#Ratios|words]]')).toContain('data-hash="#h-ratios">words</a>')
  })
  test('work in tables, headings, tasks, quotes and emphasis', () => {
    const cell = plainly('| a | b |\n|---|---|\n| [[Starter care\\|care]] | **[[Sourdough]]** |')
    expect(cell).toContain('<td><a class="wiki" href="/wiki/Starter_care" data-title="Starter care">care</a></td>')
    expect(cell).toContain('<strong><a class="wiki"')
    expect(parse('# About [[A|one]]\n\n- [ ] [[B]]\n\n> [[C]]\n\n![[D]]').links).toEqual(['A', 'B', 'C', 'D'])
    expect(parse('# About [[A|one]]').headings).toEqual([{ level: 1, text: 'About one', id: 'h-about-one', line: 1 }])
  })
  test('are not looked for in code, comments, front matter, escapes and the words of other links', () => {
    const source = [
      '---\nrelated: "[[A]]"\n---\n`[[B]]` and ``[[C]]`` \\[[D]] <!-- [[E]] -->',
      '```\n[[F]]\n```\n\n    [[G]]\n\n<!--\n\n[[H]]\n\n-->\n',
      'a `code [[I` and ]] and [[J `]]`',
    ]
    expect(parse(source.join('\n')).links).toEqual([])
  })
  test('are only what can be a title; other brackets stay brackets', () => {
    for (const text of [
      '[[]]',
      '[[ ]]',
      '[[|x]]',
      '[[a{b}]]',
      '[[a<b]]',
      '[[../a]]',
      `[[${'a'.repeat(300)}]]`,
      '[[a\n\nb]]',
      '[a]]',
    ]) {
      expect(parse(text).links, text).toEqual([])
      expect(plainly(text), text).not.toContain('<a')
    }
    expect(parse('[[Guide.md]] [[Guide]] [[guide]]').links).toEqual(['Guide', 'guide'])
  })
  test('leave CommonMark’s “[[1]](https://…)” alone', () => {
    expect(plainly('[[1]](https://example.org)')).toBe(
      '<p><a href="https://example.org" rel="noopener noreferrer">[1]</a></p>',
    )
    expect(parse('[[Starter care]](see there)').links).toEqual(['Starter care'])
  })
  test('are each asked about once, however often they stand there', () => {
    const asked: string[] = []
    parse('[[A]] [[A|b]] [[B]]').html({ resolve: title => (asked.push(title) > 2 ? 'ambiguous' : 'missing') })
    expect(asked).toEqual(['A', 'B'])
  })
})

describe('what GitHub adds to CommonMark', () => {
  test('tasks are boxes with their text as label', () => {
    expect(plainly('- [ ] order\n- [x] bake *well*\n- eat')).toBe(
      [
        '<ul class="tasks">',
        '<li class="task"><label><input type="checkbox" disabled> <span>order</span></label></li>',
        '<li class="task done"><label><input type="checkbox" disabled checked> <span>bake <em>well</em></span></label></li>',
        '<li>eat</li>',
        '</ul>',
      ].join('\n'),
    )
    expect(plainly('1. [X] one\n\n   more')).toContain(
      '<p><label><input type="checkbox" disabled checked> <span>one</span></label></p>',
    )
    for (const text of ['- [ ]no', '- \\[ ] no', '[ ] no', '- [y] no', '- `[ ]` no'])
      expect(plainly(text)).not.toContain('input')
  })
  test('tables are aligned without style attributes, and can be reached and scrolled by keyboard', () => {
    expect(plainly('| a | b |\n|:--|--:|\n| 1 | 2<br>3 |')).toBe(
      [
        '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n<thead>\n<tr>',
        '<th class="align-left">a</th>\n<th class="align-right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>',
        '<td class="align-left">1</td>\n<td class="align-right">2<br>\n3</td>\n</tr>\n</tbody>\n</table></div>',
      ].join('\n'),
    )
  })
  test('~~words~~ are struck, and addresses are links', () => {
    expect(plainly('~~old~~')).toBe('<p><s>old</s></p>')
    expect(plainly('see https://example.org/a_b?c=d&e#f, www.example.org. ada@example.org')).toBe(
      '<p>see <a href="https://example.org/a_b?c=d&amp;e#f" rel="noopener noreferrer">https://example.org/a_b?c=d&amp;e#f</a>, ' +
        '<a href="http://www.example.org" rel="noopener noreferrer">www.example.org</a>. ' +
        '<a href="mailto:ada@example.org">ada@example.org</a></p>',
    )
    for (const text of ['README.md', 'server/main.ts', 'ftp://example.org', '//example.org', 'www.example']) {
      expect(plainly(text), text).toBe(`<p>${text}</p>`)
    }
  })
})

describe('headings', () => {
  test('have an anchor each, with a link that says where it leads', () => {
    expect(plainly('## What’s *new*?')).toBe(
      '<h2 id="h-whats-new">What’s <em>new</em>?<a class="anchor" href="#h-whats-new" aria-label="Link to “What’s new?”"></a></h2>',
    )
  })
  test('are not all that links lead to: “^name” at the end of a paragraph or item is its name, and is not shown', () => {
    expect(plainly('Words. ^last-one')).toBe('<p><a id="b-last-one"></a>Words.</p>')
    expect(plainly('- [x] Done ^It')).toContain('<a id="b-it"></a>')
    expect(plainly('2^10 and x ^ y, `a ^b`')).toBe('<p>2^10 and x ^ y, <code>a ^b</code></p>')
    expect(plainly('[[Sourdough#^It|that]]')).toContain('href="/wiki/Bakery_handbook/Sourdough#b-it"')
    expect(plainly('[[#^It]]')).toContain('href="#b-it"')
  })
  test('never share an anchor', () => {
    const ids = parse('# A\n# A\n# A-1\n# A\n# 🎉\n# \n> # A').html({ resolve: () => 'missing' })
    expect([...ids.matchAll(/ id="([^"]*)"/g)].map(match => match[1])).toEqual([
      ...['h-a', 'h-a-1', 'h-a-1-1', 'h-a-2', 'h-section', 'h-section-1', 'h-a-3'],
    ])
    expect(parse('# A\n\n> # B\n\n- # C\n\n# D').headings.map(({ text }) => text)).toEqual(['A', 'D'])
  })
  test('are found by the links that name them as on GitHub', () => {
    expect(plainly('# Größe\n[a](#größe) [b](#h-gr%C3%B6%C3%9Fe) [c](#nothing)')).toContain(
      '<a href="#h-gr%C3%B6%C3%9Fe">a</a> <a href="#h-gr%C3%B6%C3%9Fe">b</a> <a href="#nothing">c</a>',
    )
  })
})

describe('what is to stand in an article without being written in it', () => {
  const embedded = (source: string) =>
    parse(source)
      .html({
        resolve: title => PAGES[title] ?? 'missing',
        embed: ({ kind, title, heading, words, source }) =>
          title === 'Nowhere' ? null : `<span>${[kind, title || source.trim(), heading, words].join('/')}</span>`,
      })
      .replace(/ data-line="\d+"/g, '')
      .trim()

  test('is drawn by whoever can, as a block where it is a paragraph of its own, and is a link otherwise', () => {
    expect(embedded('![[Starter care#Größe & Ratios]]')).toBe(
      '<div class="embed"><span>page/Starter care/Größe & Ratios/</span></div>',
    )
    expect(embedded('see ![[loaf.png|300]]')).toBe('<p>see <span>file/loaf.png//300</span></p>')
    expect(embedded('```query\ntag: bread\n```')).toBe('<div class="embed"><span>query/tag: bread//</span></div>')
    expect(embedded('![[Nowhere|300]] and ![[Nowhere#A b|c]]')).toMatch(
      /^<p><a class="wiki missing"[^>]*>Nowhere<\/a> and <a [^>]*data-hash="#h-a-b">c<\/a><\/p>$/,
    )
    expect(plainly('![[Starter care]]')).toBe(
      '<p><a class="wiki" href="/wiki/Starter_care" data-title="Starter care">Starter care</a></p>',
    )
    expect(plainly('```query\na\n```')).toContain('<code class="language-query">a\n</code>')
  })
  test('is known before it is drawn, each once', () => {
    const { embeds, links } = parse('![[A#b]] ![[A#b]] [[C]]\n\n- ![[d.png|x300]]\n\n```query\nq\n```')
    expect(embeds.map(({ kind, source, hash, alone }) => [kind, source, hash, alone])).toEqual([
      ['page', '![[A#b]]', '#h-b', false],
      ['file', '![[d.png|x300]]', '', true],
      ['query', 'q\n', '', true],
    ])
    expect(links).toEqual(['A', 'C', 'd.png'])
  })
})

describe('footnotes', () => {
  test('are numbered as they are met, stand at the end, and lead there and back', () => {
    const html = plainly('One[^b] and[^a] again[^b].\n\n[^a]: First.\n[^b]: Second\n    goes on.\n\n    - list\n\nEnd')
    expect(html).toBe(
      [
        '<p>One<sup class="note"><a id="fnref-1" href="#fn-1" aria-label="Note 1">1</a></sup> and<sup class="note"><a id="fnref-2" href="#fn-2" aria-label="Note 2">2</a></sup> again<sup class="note"><a id="fnref-1-2" href="#fn-1" aria-label="Note 1">1</a></sup>.</p>',
        '<p>End</p>',
        '<section class="footnotes" aria-label="Footnotes"><ol>',
        '<li id="fn-1"><p>Second\ngoes on.</p>\n<ul>\n<li>list</li>\n</ul> <a class="note-back" href="#fnref-1" aria-label="Back to where note 1 is mentioned"></a> <a class="note-back" href="#fnref-1-2" aria-label="Back to where note 1 is mentioned, place 2"></a></li>',
        '<li id="fn-2"><p>First. <a class="note-back" href="#fnref-2" aria-label="Back to where note 2 is mentioned"></a></p></li>',
        '</ol></section>',
      ].join('\n'),
    )
  })
  test('without a text are just brackets, and a text that nobody mentions is not lost', () => {
    expect(plainly('a[^1] b')).toBe('<p>a[^1] b</p>')
    expect(plainly('[^x]: Alone [[A]][^y]\n\n[^y]: deeper')).toMatch(/id="fn-1"><p>Alone[\s\S]*id="fn-2"><p>deeper/)
    expect(parse('[^x]: Alone [[A]]').links).toEqual(['A'])
  })
})

describe('callouts', () => {
  test('say what they are, take a title, and fold where they are told to', () => {
    expect(plainly('> [!warning] Hot *oven*\n> careful\n>\n> - there')).toBe(
      [
        '<div class="callout callout-warning"><p class="callout-title"><span class="kind">Warning</span> Hot <em>oven</em></p>',
        '<p>careful</p>\n<ul>\n<li>there</li>\n</ul>\n</div>',
      ].join('\n'),
    )
    expect(plainly('> [!FAQ]- Why?\n> Because.')).toBe(
      '<details class="callout callout-note"><summary class="callout-title"><span class="kind">Faq</span> Why?</summary>\n<p>Because.</p>\n</details>',
    )
    expect(plainly('> [!tip]+\n> [[A]]')).toContain('<details class="callout callout-tip" open>')
    expect(plainly('> [! no] x')).toContain('<blockquote>')
    expect(plainly('> [!note] a\n> > [!bug]\n> > b')).toMatch(/callout-note[\s\S]*callout-danger/)
  })
})

describe('formulas and emoji', () => {
  const math = (source: string) =>
    parse(source)
      .html({ resolve: () => 'missing', math: (tex, display) => `<b>${display ? 'display' : 'inline'} ${tex}</b>` })
      .replace(/ data-line="\d+"/g, '')
      .trim()

  test('formulas stand in a line or by themselves; prices are no formulas', () => {
    expect(math('so $a^2$ and $$b$$.')).toBe('<p>so <b>inline a^2</b> and <b>display b</b>.</p>')
    expect(math('text\n$$\na\\\\\nb\n$$\nmore')).toBe(
      '<p>text</p>\n<div class="formula" role="group" aria-label="Formula" tabindex="0"><b>display a\\\\\nb</b></div>\n<p>more</p>',
    )
    for (const text of [
      '$5 and $6',
      'a $ b$',
      '$a $b',
      '$' + '{x} and $' + '{y}',
      '$5-$6',
      '\\$a\\$',
      '$$\na\n\nb$$',
      '`$a$`',
    ])
      expect(math(text), text).not.toContain('<b>')
    expect(plainly('$a<b$')).toBe('<p><code class="math">a&lt;b</code></p>')
  })
  test('emoji have names, and times of day have none', () => {
    expect(plainly('Done :tada: :+1:')).toBe('<p>Done 🎉 👍</p>')
    for (const text of ['12:100:5', ':no_such_thing:', 'a:b:c', '`:tada:`', ':tada:s'])
      expect(plainly(text), text).not.toMatch(/🎉|💯/u)
    expect(parse('# :tada: Party').headings[0]!.text).toBe('🎉 Party')
  })
  test('a diagram is its source, until somebody draws it', () => {
    expect(plainly('```mermaid\ngraph TD\n```')).toBe(
      '<figure class="diagram"><pre tabindex="0"><code class="language-mermaid">graph TD\n</code></pre></figure>',
    )
  })
})

describe('the rest of a page', () => {
  test('front matter is folded away, and is only that at the very top', () => {
    const article = parse('---\ntitle: A\ntags: [<b>]\n---\nText')
    expect(article.frontMatter).toBe('title: A\ntags: [<b>]')
    expect(plainly('---\na: <b>\n---\nText')).toBe(
      '<details class="front-matter"><summary>Properties</summary><pre tabindex="0">a: &lt;b&gt;</pre></details>\n<p>Text</p>',
    )
    for (const text of [
      '---\nJust words\n---\n',
      '\n---\na: b\n---\n',
      '---\na: b\n',
      '- ---\n  a: b\n  ---\n',
      '---\n---\n',
    ]) {
      expect(parse(text).frontMatter, text).toBeNull()
    }
    expect(parse(`---\na: b\n${'c: d\n'.repeat(5000)}---\n`).frontMatter).toBeNull()
  })
  test('comments are not shown, and one that never ends hides nothing', () => {
    expect(plainly('a <!-- b --> c\n\n<!--\n\n# d\n\n-->\n\ne')).toBe('<p>a  c</p>\n<p>e</p>')
    expect(plainly('<!-- a\n\nb')).toBe('<p>&lt;!-- a</p>\n<p>b</p>')
    expect(plainly('> <!-- a\n\nb -->')).toContain('b --&gt;')
  })
  test('pictures load when they are near, from the web and from here', () => {
    expect(plainly('![a *b*](/uploads/x.png "t")')).toBe(
      '<p><img src="/uploads/x.png" alt="a b" title="t" loading="lazy"></p>',
    )
    expect(plainly('![a](mailto:a@example.org)')).toBe('<p>a</p>')
  })
  test('blocks say in which line they begin', () => {
    const html = render('---\na: b\n---\n# One\n\nTwo\nthree\n\n- four\n- [ ] five\n\n```\nsix\n```\n\n| a |\n|---|\n')
    expect([...html.matchAll(/<(\w+)[^>]* data-line="(\d+)"/g)].map(match => `${match[1]} ${match[2]}`)).toEqual([
      ...['details 1', 'h1 4', 'p 6', 'ul 9', 'li 10', 'pre 12', 'div 16'],
    ])
  })
  test('code is highlighted by whoever can, and plain otherwise', () => {
    const asked: string[] = []
    const html = parse('```js title\na < b\n```\n\n```\nplain\n```\n\n    indented').html({
      resolve: () => 'missing',
      highlight: (code, language) => {
        asked.push(`${language}: ${code}`)
        return '<span class="hljs-x">a</span>'
      },
    })
    expect(asked).toEqual(['js: a < b\n'])
    expect(html).toContain(
      '<pre data-line="1" tabindex="0"><code class="language-js"><span class="hljs-x">a</span></code></pre>',
    )
    expect(html).toContain('<code>plain\n</code>')
    expect(plainly('``` "><script>\na\n```')).toContain('<code class="language-&quot;&gt;&lt;script&gt;">')
  })
  test('what is nested too deeply is shown as the text it is, and nothing is lost', () => {
    for (const text of ['> '.repeat(60), '- '.repeat(60), '> - '.repeat(40), '1. '.repeat(60)]) {
      const html = render(`${text}deep`)
      readStrictly(html)
      expect(html).toContain('deep')
    }
    const outline = Array.from({ length: 60 }, (_, i) => `${'  '.repeat(i)}- item${i}.`).join('\n')
    for (let i = 0; i < 60; i++) expect(render(outline)).toContain(`item${i}.`)
  })
})

describe('highlighting on the server', () => {
  test('knows usual languages by their usual names, and writes nothing but text and classes', () => {
    for (const language of ['js', 'TypeScript', 'python', 'rust', 'html', 'yaml', 'dockerfile', 'c++', 'sh', 'lua']) {
      const html = highlight('<script>alert("1")</script> & if x: return 1 # y', language)
      expect(html, language).not.toBeNull()
      for (const { tag, attributes } of readStrictly(html!)) {
        expect(tag).toBe('span')
        expect(Object.keys(attributes)).toEqual(['class'])
      }
    }
    for (const language of ['', 'nonsense', '__proto__', 'constructor']) expect(highlight('a', language)).toBeNull()
  })
  test('gives up on code that is too long or takes too long', () => {
    expect(highlight('let a = 1\n'.repeat(6000), 'js')).toBeNull()
    const started = performance.now()
    for (let i = 0; i < 20; i++) highlight(`${'function '.repeat(5500)}${i}`, 'csharp')
    expect(performance.now() - started).toBeLessThan(2000)
    expect(highlight('let a = 1', 'js')).toContain('hljs-keyword')
  })
})

// ---- safety

const ATTACKS = [
  ...[
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<a href="javascript:alert(1)">x</a>',
  ],
  ...[
    '<iframe src="//evil.example">',
    '<style>*{}</style>',
    '<form action=/x><input name=y>',
    '</p><script>',
    '<!--><script>-->',
  ],
  ...[
    '<!-- --><img src=x onerror=1><!-- -->',
    '<scr<!-- -->ipt>alert(1)</script>',
    '<br onload=x>',
    '<br/><script>',
    '<BR\n>',
  ],
  ...[
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\nscript:alert(1))',
    '[x](java\tscript:alert(1))',
  ],
  ...[
    '[x](&#106;avascript:alert(1))',
    '[x](&#x6A;avascript&colon;alert(1))',
    '[x](javascript&#58;alert(1))',
    '[x](\u0001javascript:alert(1))',
  ],
  ...[
    '[x]( javascript:alert(1))',
    '[x](<javascript:alert(1)>)',
    '[x](\\javascript:alert(1))',
    '[x](javascript\\:alert(1))',
  ],
  ...[
    '[x](%6Aavascript:alert(1))',
    '[x](vbscript:x)',
    '[x](data:text/html,<script>alert(1)</script>)',
    '[x](file:///etc/passwd)',
  ],
  ...[
    '[x](blob:x)',
    '[x](about:blank)',
    '[x](//evil.example)',
    '[x](/\\evil.example)',
    '[x](\\\\evil.example)',
    '[x](https:evil)',
  ],
  ...[
    '<javascript:alert(1)>',
    '<data:text/html,x>',
    '<vbscript:x>',
    '![x](data:image/svg+xml,<svg onload=alert(1)>)',
    '![x](javascript:x)',
  ],
  ...[
    '[x]: javascript:alert(1)\n\n[x]',
    '[x]: <data:text/html,x>\n\n![x]',
    '[a](/x "\\" onclick=alert(1) x=\\"")',
    '[a](/x \'" onclick="x\')',
  ],
  ...[
    '![" onerror="alert(1)](/x)',
    '![a](/x"onerror=alert(1))',
    '![a](/x "\\"><script>")',
    '[a](/"onclick="x)',
    '[a](</" onclick="x>)',
  ],
  ...[
    '[["><script>alert(1)</script>]]',
    '[[a" onclick="x]]',
    '[[a|"><img src=x onerror=1>]]',
    '[[a#"><script>]]',
    '[[javascript:alert(1)]]',
  ],
  ...[
    "[[a' onclick='x|b]]",
    '[[a|<http://x>]]',
    '[[a|https://example.org]]',
    '# "><script>',
    '# <img src=x onerror=1>',
    '# [[x" id="y]]',
  ],
  ...[
    '```"><script>\nx\n```',
    '```js onload=x\n</code></pre><script>\n```',
    '~~~ a&quot;&gt;b\n~~~',
    '`</code><script>`',
    '    </pre><script>',
  ],
  ...[
    '| <script> |\n|:-:|\n| "><b> |',
    '| a |\n|:--" onclick="x|\n',
    '- [ ] <script>',
    '- [x] "><img>',
    '---\na: </pre></details><script>\n---\n',
  ],
  ...[
    'http://example.org/"onclick="x',
    "http://example.org/'><script>",
    'http://<script>',
    'www.example.org/"><script>',
    'a@b.example"><script>',
  ],
  ...[
    'https://example.org\u202e/x',
    '\0<script\0>',
    '&lt;script&gt;',
    '&#60;script&#62;',
    '\\<script\\>',
    '{{constructor.constructor("x")()}}',
  ],
]

test('nothing that people have tried against wikis becomes an element, a handler or an address that runs', () => {
  for (const attack of ATTACKS) {
    for (const around of [
      '@',
      '*@*',
      '> @',
      '- @',
      '# @',
      '| a |\n|---|\n| @ |',
      '[@](/x)',
      '[[a|@]]',
      '![@](/x)',
      '`@',
      '[x](@)',
      '[x](<@>)',
      '[[@]]',
    ]) {
      const source = around.replace('@', () => attack)
      const html = parse(source).html({
        resolve: title => (title.length % 2 ? { title, path: pathOf(title) } : 'missing'),
        highlight,
      })
      expect(() => readStrictly(html), source).not.toThrow()
    }
  }
})

const PIECES = [
  ...ATTACKS.flatMap(attack => attack.split(/(?=[<>"'()[\]:\\|`])/)),
  ...[
    '[[',
    ']]',
    '|',
    '#',
    '](',
    ')',
    '![',
    '<',
    '>',
    '"',
    "'",
    '`',
    '```',
    '~~~',
    '\n',
    '\n\n',
    '    ',
    '- ',
    '- [ ] ',
    '> ',
    '1. ',
    '---',
    '|---|',
  ],
  ...[
    '*',
    '_',
    '**',
    '~~',
    '\\',
    '&',
    '&#',
    ';',
    '<!--',
    '-->',
    '<br>',
    'http://',
    'www.a.b',
    '@',
    'a@b.c',
    '[x]: /y\n',
    '\u0000',
    '\ud800',
    '\u2028',
    'é',
  ],
]

test('any text at all is shown, as HTML that holds only what we mean to write, closed where it was opened', () => {
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(parts => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )
  fc.assert(
    fc.property(texts, text => {
      const article = parse(text)
      const html = article.html({
        resolve: title => (title.length % 2 ? { title, path: pathOf(title) } : 'missing'),
        highlight,
      })
      const elements = readStrictly(html)
      const ids = elements.map(({ attributes }) => attributes.id).filter(id => id !== undefined)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.filter(id => !/^(h|fn|fnref)-/.test(id))).toEqual([])
      for (const title of article.links) expect(parseTitle(title)).toBe(title)
    }),
    { numRuns: 10_000 },
  )
})

// ---- a text that changes

const BLOCKS = [
  ...[
    '# One\n',
    '# One\n\n',
    'words [[A]]\n',
    'words\n\n',
    '- item\n',
    '- item\n\n',
    '  more\n\n',
    '> quote\n',
    '> [!tip] x\n',
  ],
  ...[
    '```js\n',
    '```\n',
    '~~~\n',
    '    code\n',
    '| a |\n|---|\n',
    '| b |\n',
    '---\n',
    '===\n',
    'a: b\n',
    '<!--\n',
    '-->\n',
  ],
  ...['[x]: /y\n', "[x]: /y 'a\n", "b'\n", '[x] [#one](#one)\n', 'n[^1]\n', '[^1]: note\n\n', '[^1]:\n', '    deep\n'],
  ...['$$\n', '\n', '\n\n', '![[A]]\n\n', '- [ ] task\n', '1. one\n', '\t', ' ', '[[B', '`', '*'],
]

test('a text that was read before is read again only in part, and looks as if it had been read for the first time', () => {
  const options = { resolve: (title: string) => PAGES[title] ?? 'missing', highlight: () => null } as const
  const text = fc.array(fc.constantFrom(...BLOCKS), { maxLength: 30 }).map(parts => parts.join(''))
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(12),
    put: fc.constantFrom('', ...BLOCKS),
  })
  fc.assert(
    fc.property(text, fc.array(change, { minLength: 1, maxLength: 12 }), (start, changes) => {
      let source = start
      let article = parse(source)
      article.html(options)
      for (const { at, cut, put } of changes) {
        const from = Math.floor(at * source.length)
        source = source.slice(0, from) + put + source.slice(from + cut)
        article = parse(source, article)
        const fresh = parse(source)
        expect(article.html(options)).toBe(fresh.html(options))
        expect(article.headings).toEqual(fresh.headings)
        expect(article.links).toEqual(fresh.links)
      }
    }),
    {
      numRuns: 1_000,
      examples: [
        ['---\nx: y\n---\n', [{ at: 0, cut: 0, put: '# One\n\n' }]],
        ['# One\n\n---\nx: y\n---\n', [{ at: 0, cut: 7, put: '' }]],
      ],
    },
  )
})

test('a key pressed in a long page leaves all but the touched blocks as they were', () => {
  const part = readFileSync(join(VAULT, 'Space Lua.md'), 'utf8').replace(/^---[\s\S]*?---\n/, '')
  const source = Array.from({ length: 20 }, (_, i) => `## Part ${i}\n\n${part}`).join('\n')
  const options = { resolve: () => 'missing' as const }
  const before = parse(source)
  const pieces = new Set(before.pieces(options).map(({ html }) => html))
  const at = source.indexOf('Part 10')
  const after = parse(`${source.slice(0, at)}Nice ${source.slice(at)}`, before).pieces(options)
  expect(after.length).toBeGreaterThan(500)
  expect(after.filter(({ html }) => !pieces.has(html)).map(({ html }) => html.slice(0, 30))).toEqual([
    '<h2 id="h-nice-part-10" data-l',
  ])
})

// ---- cost

const repeat = (piece: string) => (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
const within =
  (before: string, piece: string, after = '') =>
  (size: number) =>
    before + repeat(piece)(size) + after
const mirrored = (open: string, close: string) => (size: number) => {
  const times = Math.floor(size / (open.length + close.length))
  return `${open.repeat(times)}a${close.repeat(times)}`
}

/** Texts made to be slow, each for one rule that could read the same characters again and again. */
const SLOW: Record<string, (size: number) => string> = {
  ...Object.fromEntries(
    [
      ...[
        '[',
        ']',
        '![',
        '[[',
        '[[a',
        '[[a|',
        '[[a#b|c ',
        '[[a`]] ',
        '[a](b',
        '[a](<b',
        '[a](b "c',
        '[a][b]',
        '[a]: ',
        '[a\n',
        "[a]: u 'x\n",
      ],
      ...[
        '*',
        '*a ',
        '**a *b ',
        'a**b',
        '_a ',
        '~~a ',
        '*a_ ',
        '`',
        '`a',
        '|',
        '|-|-|\n',
        'a|b\n-|-\n',
        '```\n',
        '~~~ a\n``` b\n',
      ],
      ...[
        '>',
        '> ',
        '> a\n',
        '- ',
        '* a\n',
        '> - ',
        '1) a\n',
        '#',
        '# a\n',
        '# a\n\n',
        'a\n',
        'a\n---\n',
        '=\n',
        '- [ ] a\n',
      ],
      ...[
        '<',
        '<a',
        '<http:',
        '<!--',
        '<!--\n',
        '<!-- a\n\n',
        '<br',
        '&',
        '&#',
        '&a',
        '\\',
        '\\*',
        ' ',
        '\t',
        '\n',
        'a  \n',
        '    a\n',
      ],
      ...[
        'http://',
        'http://a',
        'http://a/(((',
        'http://[::',
        'ftp://a',
        '//a.b',
        'www.',
        'www.a',
        '@',
        'a@',
        'a@b.',
        'mailto:',
        'a',
        '\ud800',
      ],
      ...[
        '$',
        '$a ',
        '$$ a\n',
        '$$\n',
        '$\\',
        '![[',
        '![[a]]\n',
        '[^a',
        '[^a] ',
        '[^a]: b\n',
        '[^a]:\n',
        '> [!tip]\n\n',
        '- > [!tip]\n',
        ':',
        ':a:',
        ':tada:',
      ],
    ].map(piece => [piece, repeat(piece)]),
  ),
  'brackets in pairs': mirrored('[', ']'),
  'links in links': mirrored('[', '](u)'),
  'pictures in pictures': mirrored('![', '](u)'),
  'emphasis in emphasis': mirrored('*a **b ', ' c** d*'),
  'quotes in quotes': within('> '.repeat(80), 'a\n'),
  'lists in lists': size => Array.from({ length: size / 60 }, (_, i) => `${'  '.repeat(i % 60)}- a\n`).join(''),
  'comments that end in text': within('', '<!--\n', '--> a'),
  'comments in quotes': within('', '> <!--\n', '\n-->'),
  'a definition used': within('[a]: u\n\n', '[a] '),
  'a long heading': within('# ', ' ', 'b'),
  'front matter without end': within('---\na: b\n', 'c: d\n'),
  'an address with brackets': within('http://a/', '[('),
  'a long domain': within('http://', 'a-'),
  'code spans of all lengths': size => {
    let text = ''
    for (let i = 1; text.length < size; i++) text += `e${'`'.repeat(i)}`
    return text
  },
}

/** What has been slow to cut into passages. */
const SLOW_TO_CUT: Record<string, (n: number) => string> = {
  'links that only begin': n => '['.repeat(n),
  'pictures that only begin': n => '![a'.repeat(n / 3),
  'addresses that never end': n => '[a](b'.repeat(n / 5),
  'a heading of blanks': n => `# ${' '.repeat(n)}x`,
  'a heading of signs': n => `#${' #'.repeat(n / 2)} x`,
  'a table of blanks': n => `|${' '.repeat(n)}x`,
}

test.each([
  ['read', (text: string) => parse(text).html({ resolve: () => 'missing' }), SLOW],
  ['cut into passages', passagesOf, { ...SLOW, ...SLOW_TO_CUT }],
] as const)(
  'no text is slow to %s out of proportion to its length',
  (_what, take, texts) => {
    // The processor's time, so that what else this machine does counts for little.
    const best = (text: string, of: number) => {
      const times = Array.from({ length: of }, () => {
        const started = process.cpuUsage()
        take(text)
        const { user, system } = process.cpuUsage(started)
        return (user + system) / 1000
      })
      return Math.min(...times)
    }
    for (const [name, make] of Object.entries<(n: number) => string>(texts)) {
      // Four times the text takes four times as long, or sixteen times where a rule is quadratic. A step, as where tables
      // outgrow the processor's cache, is met once and not again further out; what is quadratic is so everywhere.
      const linear = (size: number, of: number) => best(make(4 * size), of) / (best(make(size), of) + 2) < 9
      expect(linear(12_000, 1) || linear(12_000, 3) || linear(48_000, 3), `${name} is not linear`).toBe(true)
    }
  },
  120_000,
)

// ---- a real wiki

/** The titles in a text's [[links]], found by looking at its characters only. */
function written(text: string): string[] {
  const found = text.matchAll(/\[\[([^[\]|#{}<>\\]+?)(?:\.md)?(?:[#|][^[\]]*)?\]\]/g)
  const titles = Array.from(found, match => match[1]!.replace(/\s+/g, ' ').trim())
  return [...new Set(titles.filter(title => title.split('/').every(part => part.length <= SEGMENT_MAX)))]
}

/** The lines of a text without its code and comments. */
function prose(text: string): string[] {
  let fence: string | null = null
  const lines = text
    .replace(/^---\n[\s\S]*?\n---\n/, '')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split('\n')
  const kept = lines.filter(line => {
    const mark = /^\s*(?:[-*>]\s+)?(```|~~~)/.exec(line)?.[1]
    if (mark && (fence === null || fence === mark)) fence = fence ? null : mark
    return fence === null && !/^(?: {4}|\t)/.test(line)
  })
  return kept.map(line => line.replace(/(`+).*?\1/g, ''))
}

test('all 225 pages of a real wiki are read without error, and every [[link]] in them is found', () => {
  const files = readdirSync(VAULT, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md'))
  expect(files).toHaveLength(225)
  let count = 0
  for (const file of files) {
    const source = readFileSync(join(VAULT, file), 'utf8')
    const article = parse(source)
    readStrictly(article.html({ resolve: () => 'missing', highlight }))
    expect(article.links, file).toEqual(expect.arrayContaining(prose(source).flatMap(written)))
    expect(written(source), file).toEqual(expect.arrayContaining(article.links))
    count += article.links.length
  }
  expect(count).toBeGreaterThan(1000)
})
