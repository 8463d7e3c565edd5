// Diagrams, each drawn in a frame of its own that can reach nothing of ours; only when it comes near the window.
// diagrams

/** What the frame is told, and what it tells; see diagram.ts. */
interface Told {
  height?: number
  failed?: string
}

/** Draws the diagrams of an article, those of later texts too; returns how to stop. */
export function diagrams(article: Element): () => void {
  const near = new IntersectionObserver(
    entries => {
      for (const { target, isIntersecting } of entries) if (isIntersecting) draw(target as HTMLElement)
    },
    { rootMargin: '400px' },
  )
  const seen = new WeakSet<Element>()
  const look = () => {
    for (const figure of article.querySelectorAll('figure.diagram')) {
      if (!seen.has(figure)) near.observe(figure)
      seen.add(figure)
      // Its text has changed since.
      const frame = figure.querySelector('iframe')
      if (frame && frame.title !== nameOf(figure)) draw(figure as HTMLElement)
    }
  }
  const watch = new MutationObserver(look)
  watch.observe(article, { childList: true, subtree: true, characterData: true })
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const again = () => {
    for (const figure of article.querySelectorAll<HTMLElement>('figure.diagram:has(iframe)')) draw(figure)
  }
  dark.addEventListener('change', again)
  look()
  return () => {
    near.disconnect()
    watch.disconnect()
    dark.removeEventListener('change', again)
  }
}

function sourceOf(figure: Element): string {
  return figure.querySelector('code')?.textContent ?? ''
}

function nameOf(figure: Element): string {
  return `Diagram: ${sourceOf(figure).trim().slice(0, 300)}`
}

function draw(figure: HTMLElement): void {
  let frame = figure.querySelector('iframe')
  const send = () => {
    const dark = getComputedStyle(figure).colorScheme.includes('dark')
      ? document.documentElement.dataset.theme === 'dark' ||
        (document.documentElement.dataset.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
      : false
    // The frame has no origin that could be named.
    frame!.contentWindow?.postMessage({ source: sourceOf(figure), dark }, '*')
  }
  if (frame) {
    frame.title = nameOf(figure)
    send()
    return
  }
  frame = document.createElement('iframe')
  frame.dataset.own = ''
  frame.title = nameOf(figure)
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.src = '/diagram'
  const heard = (event: MessageEvent<Told | 'ready'>) => {
    if (!frame?.isConnected) removeEventListener('message', heard)
    if (event.source !== frame?.contentWindow) return
    if (event.data === 'ready') return send()
    const { height, failed } = event.data
    figure.classList.toggle('drawn', height !== undefined)
    if (height !== undefined) frame!.style.height = `${Math.min(4_000, Math.ceil(height))}px`
    if (failed !== undefined) figure.dataset.failed = 'This diagram could not be drawn; here is its text.'
    else delete figure.dataset.failed
  }
  addEventListener('message', heard)
  figure.append(frame)
}
