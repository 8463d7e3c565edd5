// Another build of the same program, beside the one that is there.
// anotherBuild · programOfAnotherBuild

import { cpSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Puts another build in the place of this client: its style sheet and its main script have other names. */
export function anotherBuild(clientDir: string, tag: string): void {
  const manifest = join(clientDir, '.vite/manifest.json')
  const chunks = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, { file: string }>
  for (const name of ['styles/main.css', 'early.ts']) {
    const { file } = chunks[name]!
    const next = file.replace(/(\.\w+)$/, `${tag}$1`)
    for (const ending of ['', '.br', '.gz']) renameSync(join(clientDir, file + ending), join(clientDir, next + ending))
    for (const path of [manifest, join(clientDir, 'sw.js')])
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(file, next))
  }
  for (const packed of readdirSync(clientDir).filter(name => /^sw\.js\./.test(name))) rmSync(join(clientDir, packed))
}

/** Copies the built program to a folder as another build, and answers with the path of its server. */
export function programOfAnotherBuild(folder: string, tag: string): string {
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  anotherBuild(join(folder, 'dist/client'), tag)
  return join(folder, 'dist/server/main.js')
}
