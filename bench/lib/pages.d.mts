export function dice(seed: number): (n: number) => number
export const paragraphs: string[]
export const words: string[]
export function madeUp(pages: number, least: number, most: number): Generator<{ title: string; text: string }>
