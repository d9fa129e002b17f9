/** The folder that keeps the authority for good, and this server's certificate until it no longer fits. */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DAY_MS,
  fromPem,
  type Identity,
  makeAuthority,
  makeServerIdentity,
  type Names,
  toPem,
} from './x509.ts'

/** Its message is one line for the person who starts the server. */
export class LanError extends Error {}

export interface Certificates {
  authority: Identity
  server: Identity
}

/** Whatever has less time left than this is made anew. */
const SPARE_MS = 30 * DAY_MS

/**
 * What is in the folder, or new, where there is nothing yet or it runs out. The authority stays as long as it can:
 * phones have been told to trust it.
 * @param owner what a new authority is called
 * @throws LanError when the folder can't be used
 */
export function keepCertificates(
  folder: string,
  owner: string,
  names: Names,
  now = new Date(),
): Certificates {
  const files = { authority: join(folder, 'authority.pem'), server: join(folder, 'server.pem') }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const kept = readAuthority(files.authority)
    const authority = kept && lasts(kept, now) ? kept : write(files.authority, makeAuthority(owner, now))
    const current = readServer(files.server)
    const server =
      current && lasts(current, now) && fits(current, authority, names)
        ? current
        : write(files.server, makeServerIdentity(authority, names, now))
    return { authority, server }
  } catch (error) {
    if (error instanceof LanError) throw error
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new LanError(
      `certificates can't be kept in ${folder} (${why}): make that folder yours, or set LAN_FOLDER`,
    )
  }
}

function readAuthority(file: string): Identity | undefined {
  if (!existsSync(file)) return undefined
  // Somebody's backup, or a copy from elsewhere, may have opened it to others.
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  const pem = readFileSync(file, 'utf8')
  try {
    const identity = fromPem(pem)
    if (identity.certificate.ca) return identity
  } catch {
    // The same to whoever reads it: not what this server has written.
  }
  // Not mended unasked: a new authority is one that no phone trusts yet.
  throw new LanError(
    `${file} is damaged: bring it back from a backup, or delete it; phones must then trust the new one on /trust`,
  )
}

/** A damaged one is as good as none: it is made anew without anybody noticing. */
function readServer(file: string): Identity | undefined {
  if (!existsSync(file)) return undefined
  const pem = readFileSync(file, 'utf8')
  try {
    return fromPem(pem)
  } catch {
    return undefined
  }
}

const lasts = ({ certificate }: Identity, now: Date): boolean =>
  certificate.validFromDate <= now && certificate.validToDate.getTime() - now.getTime() > SPARE_MS

function fits({ certificate }: Identity, authority: Identity, names: Names): boolean {
  return (
    certificate.checkIssued(authority.certificate) &&
    certificate.verify(authority.certificate.publicKey) &&
    names.hosts.every((name) => certificate.checkHost(name) !== undefined) &&
    names.addresses.every((address) => certificate.checkIP(address) !== undefined)
  )
}

/** Whole or not at all, and never readable by others. */
function write(file: string, identity: Identity): Identity {
  writeFileSync(`${file}.new`, toPem(identity), { mode: 0o600 })
  chmodSync(`${file}.new`, 0o600)
  renameSync(`${file}.new`, file)
  return identity
}
