/**
 * Asks for what this page will need beside the app itself, while that is still on its way: `preload.config.ts` writes
 * the names of the files on this script's tag. A wrong guess costs a request, nothing else.
 */
;(() => {
  const { dataset } = document.currentScript
  let language = navigator.language
  try {
    language = sessionStorage.getItem('maru.lang') ?? localStorage.getItem('maru.language') ?? language
  } catch {
    // Refused: then nothing was chosen either.
  }
  const words = language.startsWith('ko') ? dataset.ko : dataset.en
  const page = location.pathname.startsWith('/r/') ? dataset.room : ''
  for (const file of `${words ?? ''} ${page ?? ''}`.split(' ').filter(Boolean)) {
    const link = document.createElement('link')
    link.rel = 'modulepreload'
    link.href = file
    document.head.append(link)
  }
})()
