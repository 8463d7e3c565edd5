// Sends a file to the wiki, tells how far it is, and can be broken off.
// sendFile · sendTo

import { type ErrorBody, WikiError } from '../shared/errors.ts'
import type { Ack, File as FileShape } from '../shared/protocol.ts'

/**
 * Sends one file. `told` hears how much of it is on the way, from 0 to 1.
 * @throws WikiError as the server answered; `failed` with reason `offline` when no answer came, or `aborted`
 */
export async function sendFile(file: Blob, name: string, way: Way): Promise<FileShape> {
  return (await sendTo<{ file: FileShape }>('/api/file:upload', file, name, way)).file
}

/** Hears how far it is, and can break it off. */
export interface Way {
  told(share: number): void
  signal: AbortSignal
}

/** Sends one file to one of our addresses. @throws as `sendFile` */
export function sendTo<T>(path: string, file: Blob, name: string, { told, signal }: Way): Promise<T> {
  return new Promise((resolve, reject) => {
    // Only XMLHttpRequest tells how much has been sent.
    const request = new XMLHttpRequest()
    const fail = (reason: string) =>
      reject(new WikiError('failed', 'The server cannot be reached right now.', { reason }))
    request.open('POST', path)
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => told(total > 0 ? loaded / total : 0))
    request.addEventListener('error', () => fail('offline'))
    request.addEventListener('abort', () => fail('aborted'))
    request.addEventListener('load', () => {
      const answer = request.response as Ack<T> | null
      if (!answer) fail('offline')
      else if (answer.ok) resolve(answer.value)
      else reject(WikiError.from(answer.error as ErrorBody))
    })
    signal.addEventListener('abort', () => request.abort())
    const form = new FormData()
    form.append('file', file, name)
    request.send(form)
  })
}
