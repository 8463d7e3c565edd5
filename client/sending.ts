// Sends a file to the wiki, tells how far it is, and can be broken off.
// sendFile

import { type ErrorBody, WikiError } from '../shared/errors.ts'
import type { Ack, File as FileShape } from '../shared/protocol.ts'

/**
 * Sends one file. `told` hears how much of it is on the way, from 0 to 1.
 * @throws WikiError as the server answered; `failed` with reason `offline` when no answer came, or `aborted`
 */
export function sendFile(
  file: Blob,
  name: string,
  { told, signal }: { told(share: number): void; signal: AbortSignal },
): Promise<FileShape> {
  return new Promise((resolve, reject) => {
    // Only XMLHttpRequest tells how much has been sent.
    const request = new XMLHttpRequest()
    const fail = (reason: string) =>
      reject(new WikiError('failed', 'The server cannot be reached right now.', { reason }))
    request.open('POST', '/api/file:upload')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => told(total > 0 ? loaded / total : 0))
    request.addEventListener('error', () => fail('offline'))
    request.addEventListener('abort', () => fail('aborted'))
    request.addEventListener('load', () => {
      const answer = request.response as Ack<{ file: FileShape }> | null
      if (!answer) fail('offline')
      else if (answer.ok) resolve(answer.value.file)
      else reject(WikiError.from(answer.error as ErrorBody))
    })
    signal.addEventListener('abort', () => request.abort())
    const form = new FormData()
    form.append('file', file, name)
    request.send(form)
  })
}
