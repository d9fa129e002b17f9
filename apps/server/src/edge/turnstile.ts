/** So many in one turn of the event loop: between them, those who are in already are heard. */

/**
 * The returned function carries out a task at once where nobody waits, else when its turn has come. A thousand browsers
 * that come back together would otherwise keep the process from answering a single ping until the last of them is in.
 */
export function makeTurnstile(perTurn: number): (task: () => void) => void {
  let waiting: (() => void)[] = []
  let passed = 0

  function nextTurn(): void {
    passed = 0
    const tasks = waiting.slice(0, perTurn)
    waiting = waiting.slice(perTurn)
    for (const task of tasks) pass(task)
  }

  function pass(task: () => void): void {
    if (passed++ === 0) setImmediate(nextTurn)
    task()
  }

  return (task) => {
    if (passed < perTurn && waiting.length === 0) pass(task)
    else waiting.push(task)
  }
}
