/** `tars-alarm tars decode FILE… [--as Interface.function]`: what is in a TARS packet. */
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { messageOf } from '../support/failure.ts'
import { INTERFACES, methodNamed } from '../tars/idl/interfaces.ts'
import type { PropertyF } from '../tars/idl/property-f.ts'
import { decodePacket, type Request, type Response } from '../tars/packet.ts'
import type { Method } from '../tars/schema.ts'

const MAX_FILE_BYTES = 100 * 1024 * 1024

export interface DecodeOptions {
  /** `MonitorQuery.query`: decode every body as this function's arguments, or result. */
  readonly as?: string
}

type Line = (line: string) => void

/**
 * Prints a JSON line for each file, `{"file","kind","header","decoded"}`: `file` without its folders,
 * maps as pairs, bools as 0 and 1, defaults filled in. `decoded` is null when nothing says what the body is.
 * Returns the exit code: 1 when a file is no TARS packet (told on `err`, after the other files' lines
 * have come) or `as` names no function.
 */
export async function tarsDecode(
  files: readonly string[],
  options: DecodeOptions,
  out: Line,
  err: Line = (line) => process.stderr.write(`${line}\n`),
): Promise<number> {
  const chosen = options.as === undefined ? undefined : functionNamed(options.as)
  if (options.as !== undefined && !chosen) {
    err(`--as ${options.as}: unknown, expected one of ${functionNames().join(', ')}`)
    return 1
  }
  const failures: string[] = []
  for (const file of files) {
    try {
      const packet = decodePacket(await read(file))
      out(JSON.stringify(show(file, packet, chosen, err), boolAsNumber))
    } catch (error) {
      failures.push(`${file}: ${messageOf(error)}`)
    }
  }
  for (const failure of failures) err(failure)
  return failures.length === 0 ? 0 : 1
}

/** A bool is a byte on the wire. */
function boolAsNumber(_key: string, value: unknown): unknown {
  return typeof value === 'boolean' ? Number(value) : value
}

interface Chosen {
  readonly name: string
  readonly method: Method<unknown, unknown>
}

function functionNamed(path: string): Chosen | undefined {
  const [owner = '', name = ''] = path.split('.')
  const functions = Object.hasOwn(INTERFACES, owner) ? INTERFACES[owner] : undefined
  const method = functions && Object.hasOwn(functions, name) ? functions[name] : undefined
  return method && { name, method }
}

function functionNames(): string[] {
  return Object.entries(INTERFACES).flatMap(([owner, functions]) =>
    Object.keys(functions).map((name) => `${owner}.${name}`),
  )
}

async function read(file: string): Promise<Buffer> {
  const { size } = await stat(file)
  if (size > MAX_FILE_BYTES) throw new Error(`${size} bytes, at most ${MAX_FILE_BYTES} are read`)
  return await readFile(file)
}

function show(file: string, packet: Request | Response, chosen: Chosen | undefined, err: Line) {
  const { kind } = packet
  let decoded: unknown = null
  try {
    decoded = decodedBody(packet, chosen)
  } catch (error) {
    // The packet is one, though its body is not what it says.
    err(`${file}: body: ${messageOf(error)}`)
  }
  return { file: basename(file), kind, header: headerOf(packet), decoded }
}

function headerOf({ header, kind }: Request | Response): object {
  if (kind === 'request') return header
  const { context, ...rest } = header
  return context === null ? rest : header
}

function decodedBody({ kind, header, body }: Request | Response, chosen?: Chosen): unknown {
  if (kind === 'response') return chosen ? chosen.method.response.decode(body) : null
  const name = chosen?.name ?? header.sFuncName
  const method = chosen?.method ?? methodNamed(name)
  if (!method) return null
  const args = method.request.decode(body)
  return name === 'reportPropMsg' ? propertiesAsPairs(args as PropertyArguments) : args
}

type PropertyArguments = ReturnType<(typeof PropertyF)['reportPropMsg']['request']['decode']>

/** Values as `[policy, value]`: half the length, and nothing is lost. */
function propertiesAsPairs({ statmsg }: PropertyArguments): object {
  return {
    statmsg: statmsg.map(([head, { vInfo }]) => [
      head,
      vInfo.map(({ policy, value }) => [policy, value]),
    ]),
  }
}
