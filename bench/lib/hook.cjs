// Loaded before every server under test: SIGUSR2 collects garbage, SIGTERM ends it so that a profile is written.
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  globalThis.gc?.()
})
if (process.execArgv.includes('--cpu-prof')) process.on('SIGTERM', () => setTimeout(() => process.exit(0), 2_000))
