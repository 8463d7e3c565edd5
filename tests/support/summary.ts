// The last line of every test run: how many promises held, in words any machine can read.

import type { Reporter, TestModule } from 'vitest/node'

export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') count[state]++
        if (test.diagnostic()?.flaky) console.log(`Held only at the second try: ${test.fullName}`)
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
    // After the other reporters have had their say.
    process.once('exit', () => console.log(`${count.passed} passed, ${count.failed} failed${skipped}`))
  }
}
