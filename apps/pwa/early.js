// Asks for the words and, at a room's door, the call's files while the app is on its way; a wrong guess costs a request.
// `preload.config.ts` puts it into the page, with the files' names beside it: so its hash is the same in every build.
{
  const { en, ko, room } = document.currentScript.dataset
  let language = navigator.language
  try {
    language = localStorage.getItem('maru.language') ?? language
  } catch {
    // Refused: then nothing was chosen either.
  }
  const files = [language.startsWith('ko') ? ko : en, location.pathname.startsWith('/r/') ? room : '']
  for (const href of files.join(' ').split(' ').filter(Boolean))
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
}
