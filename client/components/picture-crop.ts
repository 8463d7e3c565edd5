// Cutting a square out of a picture before it is sent: with the pointer, two fingers, the wheel or the keyboard.
// cropPicture

import { html } from 'lit'
import { createRef, ref } from 'lit/directives/ref.js'
import { show } from './dialogs.ts'

/** Pixels of the square that is sent. */
const SIDE = 512
/** How far one may go in. */
const ZOOM_MAX = 5
/** Part of the frame that an arrow key moves by. */
const STEP = 0.04

/** What is cut: how far in, and where the middle of the square lies in the picture, both from 0 to 1. */
interface Cut {
  zoom: number
  x: number
  y: number
}

/**
 * Lets somebody choose a square of a picture; resolves with it, or null when they would rather not.
 * @throws Error with a sentence, if this is no picture that the browser can read
 */
export async function cropPicture(file: File): Promise<Blob | null> {
  const picture = new Image()
  picture.src = URL.createObjectURL(file)
  try {
    await picture.decode().catch(() => {
      throw new Error('This picture cannot be read. Try a PNG or JPEG.')
    })
    return await ask(picture)
  } finally {
    URL.revokeObjectURL(picture.src)
  }
}

async function ask(picture: HTMLImageElement): Promise<Blob | null> {
  const cut: Cut = { zoom: 1, x: 0.5, y: 0.5 }
  const frame = createRef<HTMLCanvasElement>()
  const small = createRef<HTMLCanvasElement>()
  const range = createRef<HTMLInputElement>()
  const shorter = Math.min(picture.naturalWidth, picture.naturalHeight)
  const side = () => shorter / cut.zoom

  const draw = () => {
    const half = side() / 2
    const within = (value: number, length: number) => Math.min(Math.max(value, half / length), 1 - half / length)
    cut.x = within(cut.x, picture.naturalWidth)
    cut.y = within(cut.y, picture.naturalHeight)
    for (const canvas of [frame.value, small.value]) if (canvas) paint(canvas, picture, cut, side())
    if (range.value) range.value.value = String(Math.log(cut.zoom))
  }
  const move = (dx: number, dy: number) => {
    cut.x -= (dx * side()) / picture.naturalWidth
    cut.y -= (dy * side()) / picture.naturalHeight
    draw()
  }
  const zoom = (by: number) => {
    cut.zoom = Math.min(ZOOM_MAX, Math.max(1, cut.zoom * by))
    draw()
  }

  const fingers = new Map<number, { x: number; y: number }>()
  const apart = () => {
    const [a, b] = [...fingers.values()]
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
  }
  const moved = (event: PointerEvent) => {
    const before = fingers.get(event.pointerId)
    if (!before) return
    const gap = apart()
    const width = frame.value!.clientWidth
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    move((event.clientX - before.x) / width / fingers.size, (event.clientY - before.y) / width / fingers.size)
    if (gap > 0) zoom(apart() / gap)
  }
  const lifted = (event: PointerEvent) => fingers.delete(event.pointerId)
  const keys: Record<string, () => void> = {
    ArrowLeft: () => move(STEP, 0),
    ArrowRight: () => move(-STEP, 0),
    ArrowUp: () => move(0, STEP),
    ArrowDown: () => move(0, -STEP),
    '+': () => zoom(1.1),
    '=': () => zoom(1.1),
    '-': () => zoom(1 / 1.1),
  }
  const pressed = (event: KeyboardEvent) => {
    const does = keys[event.key]
    if (!does) return
    event.preventDefault()
    does()
  }
  const answered = show<'use'>(
    close => html`<h2 id="dialog-heading">Your picture</h2>
      <p id="crop-words">Drag it into place; wheel, two fingers or the slider bring it closer. Arrow keys and + − do the same.</p>
      <div class="crop"><canvas class="frame" ${ref(frame)} width=${SIDE} height=${SIDE} tabindex="0" role="application" aria-label="Part of the picture that is shown"
        aria-describedby="crop-words" @pointerdown=${(event: PointerEvent) => {
          frame.value!.setPointerCapture(event.pointerId)
          fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
        }} @pointermove=${moved} @pointerup=${lifted} @pointercancel=${lifted} @keydown=${pressed}
        @wheel=${(event: WheelEvent) => {
          event.preventDefault()
          zoom(Math.exp(-event.deltaY / 500))
        }}></canvas><canvas class="small" ${ref(small)} width="96" height="96" role="img" aria-label="As others will see it"></canvas></div>
      <label class="closer">Closer <input type="range" ${ref(range)} min="0" max=${Math.log(ZOOM_MAX)} step="0.01" value="0"
        @input=${() => zoom(Math.exp(Number(range.value!.value)) / cut.zoom)}></label>
      <form method="dialog"><div class="bar"><button type="button" class="btn primary" @click=${() => close('use')}>Use this picture</button>
      <button class="btn ghost">Cancel</button></div></form>`,
    'cropping',
  )
  draw()
  if ((await answered) === null) return null
  return new Promise((resolve, reject) =>
    frame.value!.toBlob(
      blob => (blob ? resolve(blob) : reject(new Error('This picture could not be cut. Try another one.'))),
      'image/png',
    ),
  )
}

function paint(canvas: HTMLCanvasElement, picture: HTMLImageElement, cut: Cut, side: number): void {
  const pen = canvas.getContext('2d')!
  const [left, top] = [cut.x * picture.naturalWidth - side / 2, cut.y * picture.naturalHeight - side / 2]
  pen.clearRect(0, 0, canvas.width, canvas.height)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(picture, left, top, side, side, 0, 0, canvas.width, canvas.height)
}
