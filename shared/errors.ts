// What may go wrong, in words both sides share: ErrorCode, STATUS, ErrorBody, WikiError.

/** The HTTP status that each error code travels under. */
export const STATUS = {
  unauthenticated: 401,
  forbidden: 403,
  /** It is dangerous, and the caller's password was given too long ago: `user:prove`, then ask again. */
  unproven: 403,
  invalid: 400,
  missing: 404,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  busy: 429,
  failed: 500,
} as const

/** Every code an answer can fail with; programs decide by it, people read the message. */
export type ErrorCode = keyof typeof STATUS

/** What an error carries besides its code and sentence. */
export interface ErrorDetails {
  /** The input field that was wrong, for `invalid`. */
  field?: string
  /** Seconds to wait before asking again, for `busy`. */
  retryAfter?: number
  /** The page that is in the way, for `conflict`. */
  page?: { id: number; title: string; path: string }
  /** What both sides wrote at each place that they rewrote differently, for `conflict`. */
  conflicts?: { base: string; yours: string; theirs: string }[]
  /** Why a push was refused, for programs: see shared/update.ts. */
  reason?: string
}

/** An error as it travels: in acks, in HTTP bodies, in the client's hands. */
export interface ErrorBody extends ErrorDetails {
  code: ErrorCode
  message: string
}

/** Thrown by the server, rethrown by the client; the message is a sentence a person can act on. */
export class WikiError extends Error {
  override readonly name = 'WikiError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message)
  }

  /** The HTTP status of this error. */
  get status(): number {
    return STATUS[this.code]
  }

  /** The error as it goes over the wire. */
  toBody(): ErrorBody {
    return { code: this.code, message: this.message, ...this.details }
  }

  /** The error as it was before it travelled. */
  static from(body: ErrorBody): WikiError {
    const { code, message, ...details } = body
    return new WikiError(code, message, details)
  }
}
