/** The key that a server may ask of those who make rooms, once it was the right one: asked once in a browser. */
import { forget, recall, remember } from '../storage.ts'

const KEY = 'maru.createKey'

export const keptCreateKey = (): string | undefined => recall(KEY)
export const keepCreateKey = (key: string): void => remember(KEY, key)
export const forgetCreateKey = (): void => forget(KEY)
