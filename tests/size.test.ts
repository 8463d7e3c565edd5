import { expect, test } from 'vitest'
import { parts } from '../bench/size.ts'

test('what a browser loads stays within its budget: shell, a page’s screen, live reading, editor, typefaces', () => {
  for (const { name, budget, bytes, files } of parts()) {
    expect(files.length, name).toBeGreaterThan(0)
    expect(bytes, `${name}: ${files.map(({ file, bytes }) => `${file} ${bytes}`).join(', ')}`).toBeLessThanOrEqual(
      budget,
    )
  }
})
