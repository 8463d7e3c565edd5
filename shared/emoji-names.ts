// GitHub's names of emoji, learnt once. Importing this is all there is to it.

import names from 'markdown-it-emoji/lib/data/full.mjs'
import { EMOJI } from './emoji.ts'

for (const [name, sign] of Object.entries(names)) EMOJI.set(name, sign)
