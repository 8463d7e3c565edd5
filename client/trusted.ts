// The one Trusted Types policy of ours: documents and the service worker come from our own server, which escapes them.
// parseDocument · startServiceWorker

interface Policy {
  createHTML(text: string): string
  createScriptURL(text: string): string
}

const rules = { createHTML: (text: string) => text, createScriptURL: (text: string) => text }
const factory = (globalThis as { trustedTypes?: { createPolicy(name: string, from: typeof rules): Policy } })
  .trustedTypes
const policy: Policy = factory?.createPolicy('chorus', rules) ?? rules

/** One of our documents, read from its text; nothing in it runs. */
export function parseDocument(text: string): Document {
  return new DOMParser().parseFromString(policy.createHTML(text), 'text/html')
}

/** Lets the program work without a network from the next visit on, where the browser can. */
export function startServiceWorker(): void {
  navigator.serviceWorker?.register(policy.createScriptURL('/sw.js')).catch(() => {
    // Private windows and plain HTTP have none; everything else works without it.
  })
}
