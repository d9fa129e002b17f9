/** The words of `npm run demo`'s bar. Not in the dictionary: no other page needs them, so they come with the bar. */
import type { Language } from './language.ts'

const en = {
  title: 'Demo',
  on: (server: string) => `On server ${server}`,
  away: 'Changing servers…',
  other: {
    up: (server: string) => `Server ${server} is ready`,
    stopped: (server: string) => `Server ${server} is stopped`,
    starting: (server: string) => `Server ${server} is starting`,
  },
  stop: 'Stop this server',
  wait: 'One moment: the other server has to be back first.',
  failed: 'That didn’t work. Is the demo still running?',
  over: 'The demo has ended',
  gap: 'Longest gap in the picture',
  gapSince: 'Longest gap since the stop',
  lost: 'Messages lost',
  back: 'Back on a server after',
  of: (said: number) => `of ${said}`,
  ms: (ms: number) => `${ms} ms`,
  seconds: (seconds: string) => `${seconds} s`,
  none: '–',
  told: (server: string, seconds: string) => `On server ${server} after ${seconds} seconds.`,
}

type DemoWords = typeof en

const ko: DemoWords = {
  title: '데모',
  on: (server) => `서버 ${server}에 연결됨`,
  away: '다른 서버로 가는 중…',
  other: {
    up: (server) => `서버 ${server}는 준비됐어요`,
    stopped: (server) => `서버 ${server}는 멈췄어요`,
    starting: (server) => `서버 ${server}를 다시 켜는 중이에요`,
  },
  stop: '이 서버 멈추기',
  wait: '잠시만요. 다른 서버가 먼저 돌아와야 해요.',
  failed: '멈추지 못했어요. 데모가 아직 켜져 있나요?',
  over: '데모가 끝났어요',
  gap: '화면이 가장 오래 멈춘 시간',
  gapSince: '서버를 멈춘 뒤 가장 긴 끊김',
  lost: '사라진 메시지',
  back: '다시 연결되기까지',
  of: (said) => `${said}개 중`,
  ms: (ms) => `${ms}ms`,
  seconds: (seconds) => `${seconds}초`,
  none: '–',
  told: (server, seconds) => `${seconds}초 만에 서버 ${server}로 이어졌어요.`,
}

export const demoWords: Record<Language, DemoWords> = { en, ko }
