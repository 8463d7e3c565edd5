// A small wiki with real text and two people, for tests and pictures that need something to look at.
// SOURDOUGH · EVERYTHING · Furnished · furnish

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Page } from '../../server/db/entities.ts'
import type { Client } from './client.ts'
import type { World } from './world.ts'

const VAULT = join(import.meta.dirname, '../../../shared/data/vault')

/** What the page that is looked at holds. */
export const SOURDOUGH = `Every loaf we sell starts with the same [[Starter care|starter]], kept alive since 2019. This page is what the morning shift works from; if you change a number here, the [[Tuesday opening list]] shows it at once.

## Feeding the starter

Feed **twice a day** at 07:00 and 19:00. In summer, keep it in the [[proofing cellar]] and shorten the interval. See [[Starter care]] for the signs that it is hungry.

### Ratios

By weight: one part starter, two parts flour, two parts water at 26 °C. When the kitchen is below 20 °C, use water at 30 °C instead.

| Flour | Supplier | Protein | Price / kg |
| --- | --- | --- | --- |
| Bread flour, type 550 | [[Flour suppliers]] | 12.4 % | € 1.18 |
| Whole rye | [[Flour suppliers]] | 9.8 % | € 1.32 |
| Spelt, type 630 | [[Lindenhof]] | 13.1 % | € 2.05 |

## Open questions

- [x] Order the second Dutch oven
- [ ] Compare 75 % and 80 % hydration

> If the dough tells you something else than the clock, believe the dough.

~~~js
const hydration = water / flour
~~~
`

/** One of everything that an article can show. */
export const EVERYTHING = `---
tags: [bread, "#orders"]
status: tried
---
Measured in the bowl, with **strong** and *soft* words, \`code\`, and ~~struck~~ ones.[^1] See [the mill](https://mill.example/prices) or [[Starter care]].

> [!tip] Warm hands
> Wet them first, then fold.

> [!warning]- The oven is hot
> 250 °C and up.

1. Weigh
   - flour
   - water
2. Mix

$$
h = \\frac{m_{water}}{m_{flour}}
$$

~~~js
const ratio = (water, flour) => water / flour
export const isWet = dough => ratio(dough.water, dough.flour) > 0.8
~~~

![Three voices](/mark.svg "Our mark")

---

| Day | Loaves | Notes |
| :-- | --: | --- |
| Monday | 120 | Mühle Huber delivers |
| Saturday | 340 | two ovens |

[^1]: On the *small* scale.
`

/** A wiki to look at. */
export interface Furnished {
  world: World
  ada: Client
  grace: Client
  /** The address of the page that is looked at, and its id. */
  path: string
  id: number
}

/** Sends a picture as this person, and answers with its address. */
async function picture(who: Client, name: string): Promise<string> {
  const body = new FormData()
  body.append('file', new File([readFileSync(join(import.meta.dirname, '../../docs/editing.png'))], name))
  const response = await who.fetch('/api/file:upload', { method: 'POST', body })
  return ((await response.json()) as { value: { file: { path: string } } }).value.file.path
}

/** Fills a world with two people and real text; `pages` from the vault, where it lies beside the repository. */
export async function furnish(world: World, pages = 40): Promise<Furnished> {
  const ada = await world.person('ada')
  const grace = await world.person('grace')
  /** Made some hours ago. */
  const make = async (who: Client, title: string, hours: number, content: string) => {
    const page = await who.post('page:create', { title, content })
    const then = new Date(Date.now() - hours * 3_600_000)
    await world.running.db.em().nativeUpdate(Page, { id: page.id }, { createdAt: then, updatedAt: then })
    return page
  }
  if (existsSync(VAULT))
    for (const [i, file] of readdirSync(VAULT, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md'))
      .slice(0, pages)
      .entries())
      await make(i % 3 === 1 ? grace : ada, file.slice(0, -3), 40 + i * 13, readFileSync(join(VAULT, file), 'utf8'))
  await picture(ada, 'Oven plan.png')
  const shelf = await picture(grace, 'Shelf with tins.png')
  const { id: old } = await make(grace, 'Archive/Price list 2023', 900, 'Rye 0.98\n')
  await grace.post('page:delete', { page: old })
  await make(ada, 'Equipment', 75, `![The shelf](${shelf})\n`)
  await make(grace, 'Holiday rota', 51, 'Everybody stays until the 23rd.\n')
  await make(ada, 'Bakery handbook/One of everything', 29, EVERYTHING)
  await make(grace, 'Tuesday opening list', 20, '- [ ] Lights\n- [ ] Oven to 250 °C\n- [x] Call Lindenhof\n')
  await make(ada, 'Bakery handbook/Starter care', 9, 'Bubbles mean **life**. Smell it every morning.\n')
  await make(grace, 'Bakery handbook/Flour suppliers', 3, 'Mühle Huber delivers on Mondays.\n')
  const { id, path } = await make(ada, 'Bakery handbook/Sourdough', 0.4, SOURDOUGH)
  return { world, ada, grace, id, path }
}
