/** The contenders of a measurement, all started before it begins. */
import { type Contender, type Stand, startStand } from './contender.ts'

export interface Stands extends AsyncDisposable {
  all: Stand[]
}

/** @param replicas of those on a Redis; the others have one server */
export async function startStands(
  contenders: Contender[],
  { replicas }: { replicas: number },
): Promise<Stands> {
  // Each of them ends with this process, whatever ends it.
  process.setMaxListeners(0)
  await using starting = new AsyncDisposableStack()
  const all: Stand[] = []
  // One after the other: a machine of two cores has nothing from starting them at once.
  for (const contender of contenders)
    all.push(starting.use(await startStand(contender, contender.backend === 'redis' ? replicas : 1)))
  const running = starting.move()
  return { all, [Symbol.asyncDispose]: () => running.disposeAsync() }
}
