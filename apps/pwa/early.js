// Asks for the words and, at a room's door, the call's files while the app is on its way; a wrong guess costs a request.
// Stands in the page itself: `preload.config.ts` puts it there and fills in the names of the files.
{
  const { en, ko, room } = FILES
  let language = navigator.language
  try {
    language = localStorage.getItem('maru.language') ?? language
  } catch {
    // Refused: then nothing was chosen either.
  }
  const files = [
    ...(language.startsWith('ko') ? ko : en),
    ...(location.pathname.startsWith('/r/') ? room : []),
  ]
  for (const href of files)
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
}
