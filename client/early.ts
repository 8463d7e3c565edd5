// What has to be known before the first paint: runs as a classic script in the head, and imports nothing.

try {
  const theme = localStorage.getItem('chorus.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // This browser keeps nothing: the system decides.
}

// The server writes times as this clock shows them.
// biome-ignore lint/suspicious/noDocumentCookie: the cookie store answers after the first paint.
document.cookie = `tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone)};path=/;max-age=31536000;samesite=lax`
