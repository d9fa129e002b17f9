/** Which way a phone's cameras look, as far as the browser tells, and whether there is one for the other way. */
import type { Device, DeviceState, Facing } from './call-state.ts'

export const facingOf = (mode: string | undefined): Facing | undefined =>
  mode === 'user' || mode === 'environment' ? mode : undefined

export const opposite = (facing: Facing): Facing => (facing === 'user' ? 'environment' : 'user')

/** A camera on a desk looks nowhere in particular: only where the one in use tells its side can it be the other one. */
export function canFlip(camera: DeviceState, cameras: Device[]): boolean {
  if (camera.kind !== 'on' || camera.facing === undefined) return false
  const { facing, deviceId } = camera
  const others = cameras.filter((device) => device.deviceId !== deviceId)
  // Some browsers tell it of none but the one that is open: then there just has to be another one.
  const known = others.some((device) => device.facing !== undefined)
  return others.some((device) => (known ? device.facing === opposite(facing) : true))
}
