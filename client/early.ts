// What has to be known before the first paint: runs as a classic script in the head, and imports nothing.

try {
  const theme = localStorage.getItem('chorus.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  if (localStorage.getItem('chorus.contrast') === 'more') document.documentElement.dataset.contrast = 'more'
} catch {
  // This browser keeps nothing: the system decides.
}

// When one was here before, if that is long enough ago to be another visit.
try {
  const seen = Number(localStorage.getItem('chorus.seen'))
  if (seen > 0 && Date.now() - seen > 30 * 60_000) keep('visit', String(seen))
  const here = () => localStorage.setItem('chorus.seen', String(Date.now()))
  here()
  addEventListener('visibilitychange', here)
} catch {
  // Then there was no visit before.
}

// The server writes times as this clock shows them. Browsers take their time to find out where they are: after the paint.
addEventListener('load', () =>
  setTimeout(() => keep('tz', encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone))),
)

function keep(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store answers after the first paint.
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`
}
