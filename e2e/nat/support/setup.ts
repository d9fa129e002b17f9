/** Before the first case: is everything here that a lab takes? After the last one: nothing is left of it. */
import { spawnSync } from 'node:child_process'
import { removeAll, runName } from './namespaces.ts'

const PROGRAMS = ['ip', 'ss', 'nft', 'certutil', 'openssl', 'redis-server', 'docker']

/** A failure that one line explains; Playwright would show its source beside it. */
function explained(line: string): Error {
  const error = new Error(line)
  error.stack = line
  return error
}

const succeeds = (program: string, args: string[]): boolean => spawnSync(program, args).status === 0

export default function setUp(): () => void {
  if (process.getuid?.() !== 0)
    throw explained('The NAT lab makes network namespaces, which only root may: run it as root on Linux.')
  const missing = PROGRAMS.filter((program) => !succeeds('which', [program]))
  if (missing.length > 0)
    throw explained(
      `The NAT lab lacks ${missing.join(', ')}: ` +
        'apt-get install iproute2 nftables libnss3-tools openssl redis-server, and install Docker.',
    )
  if (!succeeds('docker', ['version']))
    throw explained('The NAT lab runs coturn out of its image, and Docker does not answer.')
  runName()
  removeAll('orphaned')
  return () => removeAll('ours')
}
