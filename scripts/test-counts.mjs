/** Reads the runners' JSON reports: what didn't pass has failed, skipped tests included. */

/**
 * @typedef {{passed: number, failed: number, notes: string[]}} Counts
 * @typedef {{numPassedTests: number, numTotalTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: {name: string, status: string, assertionResults: {status: string}[]}[]}} VitestReport
 * @typedef {{stats: {expected: number, unexpected: number, flaky: number, skipped: number}, errors: {message?: string}[]}} PlaywrightReport
 */

export const line = (/** @type {number} */ passed, /** @type {number} */ failed) =>
  `${passed} passed, ${failed} failed`

/** @returns {{passed: number, failed: number, skipped: number, broken: number}} */
function vitest(/** @type {VitestReport} */ report) {
  const skipped = report.numPendingTests + report.numTodoTests
  // A file that couldn't even be loaded has no tests to fail; it counts as one.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  return {
    passed: report.numPassedTests,
    failed: report.numTotalTests - report.numPassedTests + broken,
    skipped,
    broken,
  }
}

/** @returns {{passed: number, failed: number, skipped: number, broken: number}} */
function playwright(/** @type {PlaywrightReport} */ { stats, errors }) {
  const broken = errors.length
  // Passing at the second try is not passing.
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped + broken,
    skipped: stats.skipped,
    broken,
  }
}

/**
 * @param {'vitest' | 'playwright'} runner
 * @param {unknown} report the runner's JSON, or `undefined` where it wrote none
 * @param {number} code the runner's exit code
 * @returns {Counts}
 */
export function count(runner, report, code) {
  if (report === undefined)
    return { passed: 0, failed: 1, notes: [`ended with code ${code} and without a report`] }
  const { passed, failed, skipped, broken } =
    runner === 'vitest'
      ? vitest(/** @type {VitestReport} */ (report))
      : playwright(/** @type {PlaywrightReport} */ (report))
  const notes = []
  if (skipped > 0) notes.push(`${skipped} skipped: a skipped test proves nothing, so it counts as failed`)
  if (broken > 0) notes.push(`${broken} errors outside of any test count as failed`)
  if (passed + failed === 0) notes.push('no test ran, which counts as one failure')
  else if (code !== 0 && failed === 0)
    notes.push(`ended with code ${code} although every test passed, which counts as one failure`)
  const unexplained = failed === 0 && (passed === 0 || code !== 0) ? 1 : 0
  return { passed, failed: failed + unexplained, notes }
}
