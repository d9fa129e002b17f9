/** The checker is checked: a run that kept the promise passes, and every way of breaking it that is planted is found. */
import { describe, expect, it } from 'vitest'
import { breaches, examine, percentile, type Promised, type Run, type Witness } from './checker.ts'

const PROMISED: Promised = { atLeast: 1, mayBeSwept: false, dataLost: false }
const FAULT_AT = 1_000

/** Three in a room, each of whom says five things before and five after the fault; all is as it should be. */
function soundRun(): Run & { ana: Witness; bora: Witness; chen: Witness } {
  const names = ['ana', 'bora', 'chen']
  const witnesses = names.map((name): Witness => ({
    name,
    room: 'room',
    peer: `peer-${name}`,
    joinedAt: 0,
    enteredAt: 10,
    sent: Array.from({ length: 10 }, (_, i) => ({
      token: `${name}#${i + 1}`,
      seq: i + 1,
      at: 100 + i * 200,
      settled: { at: 120 + i * 200, outcome: 'applied' },
    })),
    heard: [],
    views: [{ at: 10, inside: names.map((other) => `peer-${other}`) }],
    away: [],
    resets: [],
    linked: [],
  }))
  for (const witness of witnesses)
    for (let i = 0; i < 10; i++)
      for (const { peer: from, sent } of witnesses)
        witness.heard.push({ token: sent[i]!.token, from, at: sent[i]!.at + 30, live: true })
  const [ana, bora, chen] = witnesses as [Witness, Witness, Witness]
  bora.away.push({ from: FAULT_AT, until: FAULT_AT + 300 })
  const times = { recoverableAt: FAULT_AT, overAt: FAULT_AT + 50 }
  return { witnesses, newcomers: [], ...times, unnoticed: false, ghostMs: 4_000, ana, bora, chen }
}

type Sound = ReturnType<typeof soundRun>

const judge = (run: Run, promised: Partial<Promised> = {}): string[] =>
  breaches(run, examine(run), { ...PROMISED, ...promised })

/** What is found in a run into which something was planted. */
function planted(plant: (run: Sound) => void, promised: Partial<Promised> = {}): string {
  const run = soundRun()
  plant(run)
  return judge(run, promised).join('\n')
}

const at = (witness: Witness, token: string): number =>
  witness.heard.findIndex((heard) => heard.token === token)

function newcomer(run: Sound): Witness {
  const dora: Witness = {
    name: 'dora',
    room: 'room',
    peer: 'peer-dora',
    joinedAt: 5_000,
    enteredAt: 5_100,
    sent: [],
    heard: [],
    away: [],
    resets: [],
    linked: [],
    views: [{ at: 5_100, inside: ['peer-ana', 'peer-bora', 'peer-chen', 'peer-dora'] }],
  }
  for (const { views } of run.witnesses) views.push({ at: 5_110, came: 'peer-dora' })
  run.witnesses.push(dora)
  run.newcomers.push('dora')
  return dora
}

it('finds nothing in a run that kept the promise', () => {
  const run = soundRun()
  newcomer(run)
  expect(judge(run)).toEqual([])
  expect(examine(run)).toMatchObject({ sent: 30, acknowledged: 30, resumes: [300] })
})

describe('messages', () => {
  it('finds one that was dropped at one of those it was for', () => {
    expect(planted(({ chen }) => void chen.heard.splice(at(chen, 'ana#4'), 1))).toBe('1 lost: ana#4 at chen')
  })

  it('finds one that its own sender never heard', () => {
    expect(planted(({ ana }) => void ana.heard.splice(at(ana, 'ana#4'), 1))).toBe('1 lost: ana#4 at ana')
  })

  it('finds one that came twice', () => {
    expect(planted(({ chen }) => void chen.heard.push({ ...chen.heard[at(chen, 'ana#4')]! }))).toBe(
      '1 duplicated: ana#4 at chen',
    )
  })

  it('finds one that came twice under two numbers of the outbox', () => {
    const found = planted(({ ana, bora }) => {
      ana.sent[3] = { ...ana.sent[3]!, seq: 99 }
      bora.heard.push({ token: 'ana#4', from: 'peer-ana', at: 5_000, live: true })
    })
    expect(found).toBe('1 duplicated: ana#4 at bora')
  })

  it('finds two that were swapped', () => {
    const found = planted(({ chen }) => {
      const [i, j] = [at(chen, 'ana#4'), at(chen, 'ana#5')]
      ;[chen.heard[i], chen.heard[j]] = [chen.heard[j]!, chen.heard[i]!]
    })
    expect(found).toBe('1 reordered: ana#4 at chen')
  })

  it('does not ask for an order among different senders', () => {
    const found = planted(({ chen }) => {
      const [i, j] = [at(chen, 'ana#4'), at(chen, 'bora#4')]
      ;[chen.heard[i], chen.heard[j]] = [chen.heard[j]!, chen.heard[i]!]
    })
    expect(found).toBe('')
  })

  it('finds one that is shown as somebody else’s', () => {
    const found = planted(({ chen }) => void (chen.heard[at(chen, 'ana#4')]!.from = 'peer-bora'))
    expect(found).toContain('1 misdelivered: ana#4 at chen')
  })

  it('finds one that nobody has said', () => {
    const heard = { token: 'ana#77', from: 'peer-ana', at: 2_000, live: true }
    expect(planted(({ chen }) => void chen.heard.push(heard))).toBe('1 misdelivered: ana#77 at chen')
  })

  it('finds one that came to somebody for whom it was not, and one that came to another room', () => {
    const whispered = planted(({ ana, bora }) => {
      ana.sent[3]!.to = 'peer-chen'
      ana.heard.splice(at(ana, 'ana#4'), 1)
      expect(bora.heard.some(({ token }) => token === 'ana#4')).toBe(true)
    })
    expect(whispered).toBe('1 misdelivered: ana#4 at bora')
    expect(planted(({ chen }) => void (chen.room = 'another'))).toContain('40 misdelivered: chen#1 at ana')
  })

  it('owes nothing to whoever came later or has died, and nothing that was not acknowledged', () => {
    expect(
      planted((run) => {
        newcomer(run)
        run.chen.heard.splice(at(run.chen, 'ana#10'), 1)
        run.chen.goneAt = 1_900
        for (const { views } of [run.ana, run.bora])
          views.push({ at: 4_000, went: 'peer-chen', reason: 'expired' })
        run.ana.sent.push({
          token: 'ana#11',
          seq: 11,
          at: 2_100,
          settled: { at: 2_200, outcome: 'unknown-recipient' },
        })
        run.witnesses[3]!.views[0] = { at: 5_100, inside: ['peer-ana', 'peer-bora', 'peer-dora'] }
      }),
    ).toBe('')
  })

  it('finds those that were not acknowledged ten seconds after the fault', () => {
    const late = planted(({ ana }) => void (ana.sent[9]!.settled!.at = FAULT_AT + 60 + 11_000))
    expect(late).toBe('1 not acknowledged in time: ana#10')
    expect(planted(({ ana }) => void delete ana.sent[9]!.settled)).toBe('1 not acknowledged in time: ana#10')
  })

  it('finds one that was refused', () => {
    const found = planted(({ ana }) => void (ana.sent[9]!.settled!.outcome = 'bad-message'))
    expect(found).toBe('1 refused: ana#10 (bad-message)')
  })

  it('takes a run in which too little was acknowledged for no proof', () => {
    expect(planted(() => {}, { atLeast: 31 })).toBe('only 30 acknowledged, which proves nothing')
  })
})

describe('members', () => {
  it('finds a ghost: somebody dead who is seen for longer than may be', () => {
    const found = planted(({ ana, bora, chen }) => {
      chen.goneAt = 900
      ana.views.push({ at: 5_000, went: 'peer-chen', reason: 'expired' })
      bora.views.push({ at: 5_051, went: 'peer-chen', reason: 'expired' })
    })
    expect(found).toBe('1 ghosts: chen at bora')
  })

  it('finds a ghost that went and came back', () => {
    const found = planted(({ ana, bora, chen }) => {
      chen.goneAt = 900
      for (const { views } of [ana, bora]) views.push({ at: 3_000, went: 'peer-chen', reason: 'expired' })
      ana.views.push({ at: 6_000, came: 'peer-chen' })
    })
    expect(found).toBe('1 ghosts: chen at ana')
  })

  it('finds a newcomer who misses somebody', () => {
    const found = planted((run) => {
      newcomer(run).views[0] = { at: 5_100, inside: ['peer-ana', 'peer-bora', 'peer-dora'] }
    })
    expect(found).toBe('1 unseen: chen by dora')
  })

  it('finds a newcomer whom somebody misses, or sees too late', () => {
    expect(planted((run) => void (newcomer(run), run.bora.views.pop()))).toBe('1 unseen: dora by bora')
    const late = planted((run) => void (newcomer(run), (run.bora.views.at(-1)!.at = 9_000)))
    expect(late).toBe('1 unseen: dora by bora')
  })

  it('finds somebody who is there and was swept, unless the fault outlasts a lease', () => {
    const plant = ({ ana }: Sound): void => {
      ana.views.push({ at: 2_000, went: 'peer-bora', reason: 'expired' }, { at: 2_500, came: 'peer-bora' })
    }
    expect(planted(plant)).toBe('1 swept though they were there: bora')
    expect(planted(plant, { mayBeSwept: true })).toBe('')
  })

  it('finds somebody who was swept and stays out of a view', () => {
    const plant = ({ ana }: Sound): void =>
      void ana.views.push({ at: 2_000, went: 'peer-bora', reason: 'expired' })
    expect(planted(plant, { mayBeSwept: true })).toBe('1 unseen: bora by ana')
  })

  it('finds somebody who is not back, was never let in, or was ended', () => {
    expect(planted(({ bora }) => void delete bora.away[0]!.until)).toBe('1 stuck: bora is not back')
    expect(planted(({ bora }) => void (bora.end = 'not-found'))).toContain('bora was ended (not-found)')
    const out = { name: 'eve', room: 'room', peer: 'peer-eve', joinedAt: 900, sent: [], heard: [], views: [] }
    const found = planted(
      ({ witnesses }) => void witnesses.push({ ...out, away: [], resets: [], linked: [] }),
    )
    expect(found).toBe('1 stuck: eve was never let in')
  })

  it('finds a return that took too long, counted from the fault where nobody could notice it at once', () => {
    const plant = ({ bora }: Sound): void => void (bora.away[0] = { from: 4_000, until: 6_100 })
    expect(planted(plant)).toBe('')
    expect(planted((run) => void (plant(run), (run.unnoticed = true)))).toBe('back after 5100 ms (p99)')
  })

  it('finds two who never negotiated', () => {
    const found = planted(({ ana, bora, chen }) => {
      ana.linked.push('peer-bora', 'peer-chen')
      bora.linked.push('peer-ana')
      chen.linked.push('peer-ana', 'peer-bora')
    })
    expect(found).toBe('1 unlinked: bora with chen')
  })
})

describe('resets', () => {
  it('finds one where the log covers the outage', () => {
    const found = planted(({ ana }) => void ana.resets.push({ at: 1_200, reason: 'log-trimmed' }))
    expect(found).toBe('1 reset: ana (log-trimmed)')
  })

  it('where data was lost, wants everybody told of it, forgives a loss, and nothing that came twice', () => {
    const tell = ({ witnesses }: Sound): void => {
      for (const { resets } of witnesses) resets.push({ at: 1_100, reason: 'data-lost' })
    }
    const lose = ({ chen }: Sound): void => void chen.heard.splice(at(chen, 'ana#4'), 1)
    const repeat = ({ chen }: Sound): void => void chen.heard.push({ ...chen.heard[0]! })
    const dataLost = { dataLost: true }
    expect(planted((run) => (tell(run), lose(run)), dataLost)).toBe('')
    expect(planted((run) => (tell(run), repeat(run)), dataLost)).toBe('1 duplicated: ana#1 at chen')
    const untold = planted((run) => (tell(run), void run.bora.resets.pop()), dataLost)
    expect(untold).toBe('1 not told that data was lost: bora')
  })
})

it('takes the nearest rank for a percentile', () => {
  const samples = Array.from({ length: 200 }, (_, i) => i + 1)
  expect([0.5, 0.99, 1].map((share) => percentile(samples, share))).toEqual([100, 198, 200])
  expect(percentile([7], 0.5)).toBe(7)
  expect(percentile([], 0.5)).toBeUndefined()
})
