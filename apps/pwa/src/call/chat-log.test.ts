import type { ChatMessage } from '@maru/api-types'
import { describe, expect, it } from 'vitest'
import { makeChatLog } from './chat-log.ts'

const message = (id: string, text: string, peerId = 'me'): ChatMessage => ({
  id,
  peerId,
  userId: `user-${peerId}`,
  name: peerId,
  color: 0,
  text,
  at: 0,
})
const draft = (text: string) => {
  const { id: _, ...rest } = message('', text)
  return rest
}
const make = () => makeChatLog(({ userId }) => userId === 'user-me')
const shown = (log: ReturnType<typeof make>) =>
  log.entries().map(({ text, state, own }) => `${text} ${state}${own ? ' own' : ''}`)

describe('one’s own message', () => {
  it('stands behind everything until the log has it, then in its place', () => {
    const log = make()
    log.pend(1, draft('mine'))
    log.add(message('1-0', 'theirs', 'you'), undefined)
    expect(shown(log)).toEqual(['theirs sent', 'mine pending own'])
    log.add(message('2-0', 'mine'), 1)
    log.add(message('3-0', 'more', 'you'), undefined)
    expect(shown(log)).toEqual(['theirs sent', 'mine sent own', 'more sent'])
  })

  it('is shown as refused, and stays so through a snapshot', () => {
    const log = make()
    log.pend(1, draft('bad'))
    log.refuse(1)
    log.merge([], 1)
    expect(shown(log)).toEqual(['bad refused own'])
  })

  it('is found in a snapshot that came in place of its event, each of two equal ones once', () => {
    const log = make()
    log.pend(1, draft('hi'))
    log.pend(2, draft('hi'))
    log.pend(3, draft('later'))
    log.merge([message('1-0', 'hi'), message('2-0', 'hi')], 2)
    expect(shown(log)).toEqual(['hi sent own', 'hi sent own', 'later pending own'])
  })

  it('is taken out to be said anew only when it was refused', () => {
    const log = make()
    log.pend(1, draft('bad'))
    log.pend(2, draft('fine'))
    log.refuse(1)
    expect(log.recall('pending:2')).toBeUndefined()
    expect(log.recall('pending:1')).toBe('bad')
    expect(log.recall('pending:1')).toBeUndefined()
    expect(shown(log)).toEqual(['fine pending own'])
  })

  it('goes over to the next presence: said anew unless the log has it, still refused if it was', () => {
    const before = make()
    for (const [seq, text] of ['heard', 'unheard', 'bad', 'unheard'].entries())
      before.pend(seq + 1, draft(text))
    before.refuse(3)
    const after = make()
    after.carry(before.unsaid())
    expect(shown(after)).toEqual([
      'heard pending own',
      'unheard pending own',
      'bad refused own',
      'unheard pending own',
    ])
    after.merge([message('1-0', 'heard')], 7)
    expect(after.takeCarried()).toEqual(['unheard', 'unheard'])
    expect(shown(after)).toEqual(['heard sent own', 'bad refused own'])
    expect(after.takeCarried()).toEqual([])
  })

  it('that was applied but is no longer in the history is sent all the same', () => {
    const log = make()
    log.pend(1, draft('old'))
    log.merge([], 1)
    expect(shown(log)).toEqual(['old sent own'])
  })
})

it('a history that comes again adds nothing', () => {
  const log = make()
  const history = [message('1-0', 'a', 'you'), message('2-0', 'b')]
  log.merge(history, 0)
  log.merge(history, 0)
  expect(shown(log)).toEqual(['a sent', 'b sent own'])
})
