/** Which addresses the service worker answers with the app's one page. */

/**
 * The app's own pages and nothing else: what only the server knows (`/healthz`, `/ws`, a page that it writes itself)
 * must reach the server. A page that is missing here isn't opened offline; that is all.
 */
const SHELL_PATHS = /^\/(?:r\/[\w-]+|settings|trust|doctor)?$/

export const isShellPath = (path: string): boolean => SHELL_PATHS.test(path)
