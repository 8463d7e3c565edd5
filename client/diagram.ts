// Runs alone in the frame of a diagram, which has no cookies, no storage and no way to the server: text in, picture out.

import mermaid from 'mermaid'

let count = 0
let latest = 0

addEventListener('message', event => {
  const { source, dark } = event.data as { source?: unknown; dark?: unknown }
  if (event.source === parent && typeof source === 'string') void draw(source, dark === true)
})

async function draw(source: string, dark: boolean): Promise<void> {
  const turn = ++latest
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  // Where it is not that of the page around it, browsers put white behind the picture.
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light'
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: dark ? 'dark' : 'neutral',
    fontFamily: 'system-ui, sans-serif',
    maxTextSize: 30_000,
  })
  try {
    const { svg } = await mermaid.render(`d${++count}`, source)
    if (turn !== latest) return
    document.body.innerHTML = svg
    parent.postMessage({ height: document.body.scrollHeight }, '*')
  } catch (error) {
    if (turn === latest) parent.postMessage({ failed: String(error).slice(0, 300) }, '*')
  }
}

new ResizeObserver(() => {
  if (document.body.firstElementChild) parent.postMessage({ height: document.body.scrollHeight }, '*')
}).observe(document.body)

parent.postMessage('ready', '*')
