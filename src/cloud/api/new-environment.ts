import type { UnixMs } from '../../model/time.ts'
import { ApiFailure } from './api-failure.ts'
import type { EnvironmentStore, EnvironmentWithKey, NewEnvironment } from './ports.ts'
import { environmentBody } from './schemas.ts'

const MAX_ENVIRONMENTS = 200

/** As console and command make one. @throws {ApiFailure} `invalid`, `taken`, `limit-reached`. */
export async function makeEnvironment(
  environments: Pick<EnvironmentStore, 'environments' | 'createEnvironment'>,
  wanted: NewEnvironment,
  now: UnixMs,
): Promise<EnvironmentWithKey> {
  const { data, error } = environmentBody.safeParse(wanted)
  if (error) {
    const faults = error.issues.map(({ path, message }) => `${path.join('.')}: expected ${message}`)
    throw new ApiFailure('invalid', faults.join('; '))
  }
  const existing = await environments.environments()
  if (existing.length >= MAX_ENVIRONMENTS) {
    throw new ApiFailure('limit-reached', `there are ${MAX_ENVIRONMENTS} environments already`)
  }
  if (existing.some(({ name }) => name === data.name)) {
    const fields = [{ field: 'name', expected: 'a name that no other environment has' }]
    throw new ApiFailure('taken', `an environment ${JSON.stringify(data.name)} exists`, { fields })
  }
  return environments.createEnvironment(data, now)
}
