/** The English words. Their keys and arguments are what every other language must have. */

/** What a sentence about devices is about. */
export type DeviceKind = 'camera' | 'microphone' | 'both'

const list = new Intl.ListFormat('en')
const plural = new Intl.PluralRules('en')
const people = (n: number): string => (plural.select(n) === 'one' ? '1 person' : `${n} people`)

const device = (kind: DeviceKind): string => (kind === 'both' ? 'camera and microphone' : kind)
const isAre = (kind: DeviceKind): string => (kind === 'both' ? 'are' : 'is')
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

export const en = {
  'app.name': 'Maru',
  'app.home': 'Maru, main page',

  'common.cancel': 'Cancel',
  'common.close': 'Close',
  'common.save': 'Save',
  'common.tryAgain': 'Try again',
  'common.home': 'Go to the main page',
  'common.back': 'Back',
  'common.reload': 'Reload',
  'common.settings': 'Settings',
  'common.loading': 'Loading…',
  'common.unreachable': 'No connection to the server. Trying again…',

  'name.label': 'Your name',
  'name.hint': 'This is what others in a room see. It stays in this browser.',
  'name.continue': 'Continue',
  'name.change': 'Change',
  'name.changeLabel': 'Change your name',
  'name.changeTitle': 'What should we call you?',
  'name.empty': 'Please type a name.',
  'name.tooLong': (max: number) => `That is too long: at most ${max} characters.`,
  'name.forbidden': 'There is an invisible or unsupported character in it. Please type it again.',

  'welcome.title': 'Sit down with anyone',
  'welcome.text': 'Video meetings in your browser. No account, nothing to install.',
  'welcome.beforeRoom': 'Somebody is expecting you',
  'welcome.beforeRoomText': 'Tell them who is coming. No account needed.',

  'home.title': 'Rooms',
  'home.greeting': (name: string) => `Hello, ${name}`,
  'home.text': 'Open a room and send its link, or sit down in one that is open.',
  'home.openRooms': 'Open rooms',
  'home.live': 'live',
  'home.stale': 'as last seen',
  'home.newRoom': 'New room',
  'home.newRoomCard': 'Open a room of your own',
  'home.joinByLink': 'Join by link',
  'home.search': 'Search rooms',
  'home.searchEmpty': (query: string) => `No open room is called “${query}”.`,
  'home.emptyTitle': 'Nobody is here yet',
  'home.emptyText': 'Open the first room. Others see it here, or you send them its link.',
  'home.offlineTitle': 'No connection to the server',
  'home.offlineText': 'Rooms need the network. The list comes back by itself as soon as the connection does.',
  'home.youAreOffline': 'Your device is offline',
  'home.listOffTitle': 'This server keeps no public list',
  'home.listOffText': 'Open a room and send its link, or use a link that you were sent.',

  'card.count': (count: number, capacity: number) => `${count} of ${capacity}`,
  'card.countLabel': (count: number, capacity: number) => `${people(count)} of ${capacity}`,
  'card.justNow': 'just now',
  'card.join': 'Join',
  'card.joinLabel': (name: string) => `Join ${name}`,
  'card.full': 'Full · wait',
  'card.fullLabel': (name: string) => `Full · wait for ${name}`,
  'card.locked': 'Locked',
  'card.lockedLabel': (name: string) => `Locked: ${name}`,
  'card.more': (n: number) => `+${n}`,

  'newRoom.title': 'New room',
  'newRoom.name': 'Room name',
  'newRoom.who': 'Who can find it?',
  'newRoom.everyone': 'Everyone in the list',
  'newRoom.everyoneHint': 'It is shown on the main page.',
  'newRoom.link': 'Only people with the link',
  'newRoom.linkHint': 'It is in no list. You send the link.',
  'newRoom.howMany': 'How many people?',
  'newRoom.people': (n: number) => `up to ${n}`,
  'newRoom.create': 'Create',
  'newRoom.creating': 'Creating…',
  'newRoom.failed': 'The room couldn’t be created. Please try again.',
  'newRoom.offline': 'The server can’t be reached right now. Please try again.',
  'newRoom.busy': (seconds: number) => `That was a bit fast. Please try again in ${seconds} s.`,

  'link.title': 'Join by link',
  'link.label': 'Link or code of the room',
  'link.hint': 'Paste what you were sent.',
  'link.go': 'Go to the room',
  'link.invalid': 'That isn’t a link to a room. Please check that all of it is there.',
  'link.otherSite': (host: string) =>
    `That link leads to another place: ${host}. Open it in a new tab instead.`,

  'device.camera': 'Camera',
  'device.microphone': 'Microphone',
  'device.speaker': 'Speaker',
  'device.unnamed': (n: number) => `Device ${n}`,
  'device.none': 'None found',
  'device.off': 'Off',
  'device.default': 'System default',
  'device.level': 'Microphone level',
  'device.mute': 'Mute',
  'device.unmute': 'Unmute',
  'device.stopCamera': 'Stop camera',
  'device.startCamera': 'Start camera',
  'device.starting': 'Starting the camera…',
  'device.cameraOff': 'Your camera is off',
  'device.ownPicture': 'Your picture',
  'device.settings': 'Devices',
  'device.settingsTitle': 'Camera and sound',

  'problem.insecure-origin': (kind: DeviceKind) => `No ${device(kind)} on this address`,
  'problem.insecure-origin.text': (kind: DeviceKind) =>
    `Browsers only give the ${device(kind)} to pages whose address begins with https.`,
  'problem.insecure-origin.way': 'Open it with https',
  'problem.not-found': (kind: DeviceKind) => `No ${device(kind)} found`,
  'problem.not-found.text': (kind: DeviceKind) =>
    `Plug one in, or check that your ${device(kind)} ${isAre(kind)} switched on.`,
  'problem.denied': (kind: DeviceKind) => `${capital(device(kind))} blocked for this page`,
  'problem.denied.text': (kind: DeviceKind) =>
    `Press the icon beside the page’s address, allow the ${device(kind)} in the site settings, then try again.`,
  'problem.dismissed': (kind: DeviceKind) => `The question about your ${device(kind)} was closed`,
  'problem.dismissed.text': 'Ask again, and choose “Allow” when your browser wants to know.',
  'problem.dismissed.way': 'Ask again',
  'problem.denied-by-system': (kind: DeviceKind) => `Your system blocks the ${device(kind)} for this browser`,
  'problem.denied-by-system.text': (kind: DeviceKind) =>
    `Allow this browser to use the ${device(kind)} in the privacy settings of your system, then try again.`,
  'problem.in-use': (kind: DeviceKind) => `Another app is using your ${device(kind)}`,
  'problem.in-use.text': 'Close the other app or its call, then try again.',
  'problem.lost': (kind: DeviceKind) => `Your ${device(kind)} ${isAre(kind)} gone`,
  'problem.lost.text': 'Plug it in again, or choose another device.',
  'problem.unknown': (kind: DeviceKind) => `Your ${device(kind)} didn’t start`,
  'problem.unknown.text': 'Try again. If it stays like this, restart your browser.',
  'problem.stillJoin': 'You can still join to watch and listen.',
  'problem.stillHear': 'You can still join. The others will see you but not hear you.',
  'problem.stillSee': 'You can still join. The others will hear you but not see you.',

  'door.title': 'Before you go in',
  'door.join': 'Join',
  'door.joining': 'Joining…',
  'door.comingBack': 'Going back in…',
  'door.nobody': 'Nobody is in yet. You are the first.',
  'door.inside': (names: string[], more: number) => {
    const everyone =
      more > 0 ? [...names, people(more).replace('person', 'more').replace('people', 'more')] : names
    return `${list.format(everyone)} ${everyone.length === 1 && more < 2 ? 'is' : 'are'} here`
  },
  'door.count': (n: number) => `${people(n)} inside`,
  'door.fullTitle': 'Every seat is taken',
  'door.fullText': 'Stay here: Join comes alive as soon as somebody leaves.',
  'door.lockedTitle': 'The room is locked',
  'door.lockedText': 'Ask the host to open it. Join comes alive as soon as it is open.',
  'door.opening': 'Opening the room…',
  'door.slow': 'This takes longer than usual. Still trying.',
  'door.offline': 'Your device is offline. This goes on by itself when the connection is back.',

  'duplicate.title': 'You are in this call in another tab',
  'duplicate.text': 'This tab is a copy of it.',
  'duplicate.moveHere': 'Move here',
  'duplicate.moveHint': 'The other tab leaves the call.',
  'duplicate.joinAgain': 'Join again',
  'duplicate.joinHint': 'You are in it twice, for a second camera for instance.',

  'gone.title': 'This room is gone',
  'gone.text':
    'A room’s link works for 30 days after its last use. Check the link, or open a new room and send its link.',
  'gone.newRoom': 'Open a new room',

  'notFound.title': 'There is no such page',
  'notFound.text': 'The address may be mistyped.',

  'call.stage': 'Call',
  'call.you': 'You',
  'call.nameOrdinal': (name: string, ordinal: number) => `${name} (${ordinal})`,
  'call.nameOwn': (name: string) => `${name} (you)`,
  'call.micOff': 'Microphone off',
  'call.cameraOff': 'Camera off',
  'call.speaking': 'speaking',
  'call.connecting': 'Connecting…',
  'call.reconnecting': 'Reconnecting…',
  'call.failed': 'No connection',
  'call.failedText': 'A network on the way blocks the call between the two of you.',
  'call.ownUser': 'Your other tab: no sound here',
  'call.moveCard': 'Move your picture to another corner',
  'call.controls': 'Call controls',
  'call.chat': 'Chat',
  'call.unread': (n: number) => (plural.select(n) === 'one' ? '1 unread message' : `${n} unread messages`),
  'call.invite': 'Invite',
  'call.more': 'More',
  'call.lock': 'Lock the room',
  'call.unlock': 'Unlock the room',
  'call.locked': 'Locked',
  'call.leave': 'Leave',
  'call.elapsed': 'Time in the call',
  'call.serverLost': 'Connection to the server lost. The call goes on.',
  'call.orphaned': 'The server has lost this room. The call goes on, but nobody can come back in.',
  'call.tapToHear': 'Tap to hear',
  'call.joined': (name: string) => `${name} came in`,
  'call.left': (name: string) => `${name} left`,
  'call.said': (name: string, text: string) => `${name}: ${text}`,

  'invite.aloneTitle': 'You are the first one here',
  'invite.aloneText': 'Send the link to whoever should come.',
  'invite.title': 'Invite people',
  'invite.link': 'Link to this room',
  'invite.copy': 'Copy link',
  'invite.copied': 'Copied',
  'invite.copyByHand': 'The link is selected: copy it with your keyboard or by holding it.',
  'invite.share': 'Share',
  'invite.qr': 'QR code with the link to this room',
  'invite.qrHint': 'Or scan this with a phone.',

  'chat.title': 'Chat',
  'chat.who':
    'Everyone who is in the room can read this, and whoever comes later. It is deleted two minutes after the last one has left.',
  'chat.empty': 'Nothing has been said yet.',
  'chat.label': 'Message',
  'chat.placeholder': 'Message to everyone',
  'chat.send': 'Send',
  'chat.pending': 'Sending…',
  'chat.refused': 'Not delivered',
  'chat.sendAgain': 'Send again',
  'chat.tooLong': (max: number) => `That is too long: at most ${max.toLocaleString('en')} characters.`,
  'chat.forbidden': 'There is a character in it that can’t be sent.',

  'left.title': 'You have left',
  'left.text': (name: string) => `You were in “${name}”.`,
  'left.rejoin': 'Rejoin',
  'left.removedTitle': 'The host has removed you',
  'left.removedText': 'You can’t go back in with this page.',
  'left.replacedTitle': 'The call has moved',
  'left.replacedText': 'It goes on in another tab or window.',
  'left.replacedWay': 'Use it here',
  'left.fullTitle': 'Somebody else took the last seat',
  'left.fullText': 'Go back to the door: you can join as soon as somebody leaves.',
  'left.lockedTitle': 'The room was locked just now',
  'left.lockedText': 'Go back to the door: you can join as soon as it is open again.',
  'left.backToDoor': 'Back to the door',
  'left.tooOldTitle': 'A new version is there',
  'left.tooOldText': 'Maru was updated on the server. Reload this page to go on.',

  'error.title': 'Something went wrong here',
  'error.text': 'Reloading the page usually mends it. You come back where you were.',
  'error.chunkTitle': 'This page couldn’t be loaded',
  'error.chunkText': 'Maru was updated on the server, or the connection is gone. Reload to go on.',

  'settings.title': 'Settings',
  'settings.language': 'Language',
  'settings.theme': 'Appearance',
  'settings.theme.system': 'Like the device',
  'settings.theme.light': 'Light',
  'settings.theme.dark': 'Dark',
  'settings.nameSaved': 'Saved',
  'settings.identity':
    'Your name and the secret by which rooms recognise you are kept in this browser only. Clear its data, and rooms take you for somebody new: a room that you host then has no host to unlock it.',

  'recent.title': 'Recent rooms',
  'recent.forget': 'Forget',
  'recent.forgetLabel': 'Forget the recent rooms',

  'update.ready': 'A new version is ready.',
  'update.accept': 'Reload now',
  'update.held': 'A room is open in another tab. The new version waits until you have left it.',

  'install.title': 'Keep Maru at hand',
  'install.text': 'Installed, it opens like any other app, in a window of its own.',
  'install.install': 'Install',
  'install.dismiss': 'Don’t show this again',
  'install.ios.share': 'Tap Share in your browser’s bar.',
  'install.ios.add': 'Choose “Add to Home Screen”.',
}

type Words<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => string ? (...args: A) => string : string
}

/** Every language is one of these: a missing key, an unknown key or a wrong argument doesn't compile. */
export type Dictionary = Words<typeof en>
