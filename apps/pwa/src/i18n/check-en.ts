/** The English words of the connection check: a chunk of their own, for few ever open it. */
import type { Words } from './en.ts'

export const checkEn = {
  'check.text': 'Finds out whether calls work from here, and what stands in their way if not.',
  'check.cost':
    'It takes about half a minute and up to 6 MB of data. Camera and microphone are tried on this device only.',
  'check.callCost': 'Your call goes on meanwhile. It takes about half a minute and up to 6 MB of data.',
  'check.start': 'Start the check',
  'check.again': 'Check again',
  'check.running': 'Checking…',
  'check.progress': (done: number, total: number) => `${done} of ${total} checked`,
  'check.outcome.good': 'Everything works.',
  'check.outcome.poor': 'Calls should work from here. Not everything is as good as it could be: see below.',
  'check.outcome.bad': 'Calls won’t work from here as it is: see below what stands in the way.',
  'check.keyHint': 'Whoever runs this server has it. Without it, the detour for calls isn’t checked.',
  'check.report': 'Report',
  'check.reportHint': 'For whoever runs this server. There is no address and nothing secret in it.',
  'check.copy': 'Copy report',
  'check.copyByHand': 'The report is selected: copy it with your keyboard or by holding it.',
  'check.ms': (n: number) => `${n} ms`,
  'check.percent': (n: number) => `${n} %`,
  'check.mbit': (n: number) => `${n} Mbit/s`,
  'check.verdict.good': 'Good',
  'check.verdict.poor': 'Could be better',
  'check.verdict.bad': 'Doesn’t work',
  'check.verdict.skipped': 'Not checked',
  'check.verdict.running': 'Checking…',
  'check.verdict.waiting': 'Not yet',
  'check.item.camera': 'Camera',
  'check.item.microphone': 'Microphone',
  'check.item.server': 'Server',
  'check.item.direct': 'Direct way',
  'check.item.udp': 'Detour, fast (UDP)',
  'check.item.tcp': 'Detour, plain (TCP)',
  'check.item.tls': 'Detour, encrypted (TLS)',
  'check.item.roundTrip': 'Delay on the detour',
  'check.item.loss': 'Losses on the detour',
  'check.item.throughput': 'Speed of the detour',
  'check.what.camera': 'Whether it gives a picture.',
  'check.what.microphone': 'Whether any sound comes from it.',
  'check.what.server': 'Rooms, chat and who is there go over it.',
  'check.what.direct': 'The shortest way for sound and picture, straight to the others.',
  'check.what.udp': 'Over the server, where two networks don’t let each other through.',
  'check.what.tcp': 'The same, where a network blocks the fast one.',
  'check.what.tls': 'The same, where a network lets only encrypted web traffic through.',
  'check.what.roundTrip': 'How long sound and picture are on their way there and back.',
  'check.what.loss': 'How much of them doesn’t arrive.',
  'check.what.throughput': 'How much fits through at once.',
  'check.why.cameraGood': 'It gives a picture.',
  'check.why.cameraDark':
    'It is on, but no picture comes. Open its cover, or close another app that uses it.',
  'check.why.microphoneGood': 'It picks up sound.',
  'check.why.microphoneSilent':
    'It is on, but nothing at all comes from it. Look for a mute switch on the device or the headset.',
  'check.why.serverGood': 'It answers, and the live connection to it stays open.',
  'check.why.serverSlow':
    'It answers late. Joining and chat take longer; sound and picture don’t depend on it.',
  'check.why.offline': 'Your device is offline. Connect it to a network and check again.',
  'check.why.serverBlocked':
    'It answers, but something on the way cuts the live connection: often a proxy or a VPN. Try without it, or another network.',
  'check.why.serverGone': 'It doesn’t answer. Try again in a minute; if it stays so, tell whoever runs it.',
  'check.why.directGood': 'This network lets calls out directly.',
  'check.why.directBlocked': 'This network lets no call out directly. Calls then need the detour.',
  'check.why.directNeedless': 'Not needed: on this server calls always take the detour.',
  'check.why.wayGood': 'Calls can go this way.',
  'check.why.udpBlocked':
    'No answer: this network blocks it, or it is down. If another detour works, calls take that one, with more delay.',
  'check.why.tcpBlocked':
    'No answer: this network blocks it, or it is down. It is needed only where the fast one is blocked.',
  'check.why.tlsBlocked':
    'No answer: this network blocks it, it is down, or its certificate isn’t valid. Only strict networks need it.',
  'check.why.wayRefused':
    'It doesn’t accept this server’s passes. Tell whoever runs the server: TURN_SECRET differs on the two sides, or a clock is wrong.',
  'check.why.wayFull': 'It has no place free right now. Check again in a minute.',
  'check.why.wayDead':
    'It answers but passes nothing on. Tell whoever runs the server: its ports are closed, or its address is wrong.',
  'check.why.roundTripGood': 'Short enough to talk without noticing.',
  'check.why.roundTripLong': 'Long enough to talk over each other. Try a cable or another network.',
  'check.why.lossGood': 'Next to nothing is lost.',
  'check.why.lossSome': 'Pictures may freeze for a moment. Move closer to the router, or try a cable.',
  'check.why.lossMuch': 'Sound and picture will break up. Move closer to the router, or try another network.',
  'check.why.throughputGood': 'Enough for a good picture.',
  'check.why.throughputLow': 'Enough for sound and a small picture.',
  'check.why.throughputPoor': 'Enough for sound at most. Switch your camera off, or try another network.',
  'check.why.notSetUp':
    'This server has none. People in different networks may not reach each other; whoever runs it can set it up.',
  'check.why.needsServer': 'Can’t be checked without the server.',
  'check.why.needsWay': 'Can’t be measured, as no detour works.',
  'check.why.needsKey':
    'This server lets only people of a room check this. Open the check from a room, or use the key for making rooms.',
  'check.why.needsRoom':
    'Only people who may enter the room can check this. Check again when it lets you in.',
  'check.why.tooOften': 'That was checked often just now. Check again in a minute.',
}

export type CheckDictionary = Words<typeof checkEn>
