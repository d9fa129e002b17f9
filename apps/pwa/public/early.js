/** Asks for the files that `preload.config.ts` has named here, while the app is on its way; a wrong guess costs a request. */
{
  const { en = '', ko = '', room = '' } = document.currentScript.dataset
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
