/** The words of /trust, in its own chunk: hardly anyone ever goes there. */
import type { Language } from './language.ts'

const en = {
  title: 'Trust this server',
  text: 'It runs on a computer in your network and has made its certificate itself, so browsers warn about it. Trust it once on this device: the warning goes away, camera and microphone work, and Maru can be installed as an app.',
  fingerprint: 'Is it the right one?',
  fingerprintText: 'The window in which the server was started shows a SHA-256 number. It must be this one:',
  download: 'Download the certificate',
  ios: 'iPhone and iPad',
  ios1: 'In Safari, tap “Download the certificate”, then “Allow”.',
  ios2: 'Open Settings, tap “Profile Downloaded” and install it.',
  ios3: 'In Settings → General → About → Certificate Trust Settings, switch it on.',
  android: 'Android',
  android1: 'Tap “Download the certificate” and keep the file.',
  android2:
    'In Settings → Security → Encryption & credentials → Install a certificate, choose “CA certificate”. Searching the settings for “CA certificate” finds it too.',
  android3: 'Tap “Install anyway” and choose the file maru-ca.crt.',
  after: 'Then close the browser and open the address again: it no longer warns.',
  computer:
    'On a computer: import the file as an authority for websites, in the certificate settings of the browser or the system.',
  meaning: 'What trusting it means',
  meaningText:
    'Whoever has the secret key that belongs to it could pose as other devices in your local network. That key stays on the computer on which this server runs, and the certificate is limited to private addresses, localhost and names that end in .local. Trust it only if you know whose computer that is.',
  remove: 'To take it back, remove the certificate in the same settings.',
  none: 'There is nothing to trust here',
  noneText: 'This server has no certificate of its own making, so your device needs nothing from it.',
  unreachable: 'The certificate comes from the server. Connect to its network, then try again.',
}

const ko: Record<keyof typeof en, string> = {
  title: '이 서버 신뢰하기',
  text: '이 서버는 같은 네트워크의 컴퓨터에서 돌아가고 인증서를 직접 만들었어요. 그래서 브라우저가 경고를 보여 줘요. 이 기기에서 한 번만 신뢰하면 경고가 사라지고, 카메라와 마이크를 쓸 수 있고, 마루를 앱으로 설치할 수 있어요.',
  fingerprint: '이 서버가 맞나요?',
  fingerprintText: '서버를 시작한 창에 SHA-256 값이 나와요. 아래 값과 같아야 해요.',
  download: '인증서 내려받기',
  ios: 'iPhone과 iPad',
  ios1: 'Safari에서 ‘인증서 내려받기’를 누르고 ‘허용’을 고르세요.',
  ios2: '설정을 열고 ‘프로파일이 다운로드됨’을 눌러 설치하세요.',
  ios3: '설정 → 일반 → 정보 → 인증서 신뢰 설정에서 켜세요.',
  android: 'Android',
  android1: '‘인증서 내려받기’를 누르고 파일을 저장하세요.',
  android2:
    '설정 → 보안 → 암호화 및 사용자 인증 정보 → 인증서 설치에서 ‘CA 인증서’를 고르세요. 설정에서 ‘CA 인증서’를 검색해도 돼요.',
  android3: '‘무시하고 설치’를 누르고 maru-ca.crt 파일을 고르세요.',
  after: '그런 다음 브라우저를 닫고 주소를 다시 여세요. 이제 경고가 나오지 않아요.',
  computer: '컴퓨터에서는 브라우저나 시스템의 인증서 설정에서 이 파일을 웹사이트용 인증 기관으로 가져오세요.',
  meaning: '신뢰한다는 것은',
  meaningText:
    '이 인증서의 비밀 키를 가진 사람은 내 로컬 네트워크의 다른 기기인 척할 수 있어요. 그 키는 이 서버가 돌아가는 컴퓨터에만 있고, 인증서는 사설 주소와 localhost, .local로 끝나는 이름에만 쓸 수 있어요. 누구의 컴퓨터인지 알 때만 신뢰하세요.',
  remove: '되돌리려면 같은 설정에서 인증서를 지우세요.',
  none: '신뢰할 것이 없어요',
  noneText: '이 서버는 직접 만든 인증서를 쓰지 않아요. 이 기기에서 따로 할 일이 없어요.',
  unreachable: '인증서는 서버에서 받아야 해요. 서버와 같은 네트워크에 연결한 뒤 다시 시도하세요.',
}

export const TRUST_WORDS = { en, ko } satisfies Record<Language, typeof en>
