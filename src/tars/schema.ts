/**
 * TARS types as values: `struct({ name: req(0, str) })` is what `protocol/*.tars` says, checked by TypeScript.
 * Readers take fields of any integer width, unknown fields (skipped) and absent optional ones (filled in).
 */
import { Reader } from './reader.ts'
import * as wire from './wire-type.ts'
import { Writer } from './writer.ts'

export interface Type<T> {
  /** Fewest bytes a value takes: a size that cannot fit is refused before it is believed. */
  readonly minBytes: number
  write(writer: Writer, tag: number, value: T): void
  /** Reads the value whose header was read. @throws {DecodeError} */
  read(reader: Reader): T
  /** What TARS gives a field that was never set. */
  zero(): T
}

export type Infer<X> = X extends Type<infer T> ? T : never

interface Field<T> {
  readonly tag: number
  readonly minBytes: number
  write(writer: Writer, value: T): void
  read(reader: Reader, name: string): T
  zero(): T
}

type Fields = Record<string, Field<unknown>>
type Values<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never
}

export const int: Type<number> = {
  minBytes: 1,
  write: (writer, tag, value) => writer.int(tag, value),
  read: (reader) => reader.int(),
  zero: () => 0,
}

/** 64 bits, of which a number holds ±(2^53 - 1); beyond is an error, on both ways. */
export const long: Type<number> = {
  ...int,
  write: (writer, tag, value) => writer.long(tag, value),
  read: (reader) => reader.long(),
}

export const bool: Type<boolean> = {
  minBytes: 1,
  write: (writer, tag, value) => writer.int(tag, value ? 1 : 0),
  read: (reader) => reader.int() !== 0,
  zero: () => false,
}

export const double: Type<number> = {
  minBytes: 1,
  write: (writer, tag, value) => writer.double(tag, value),
  read: (reader) => reader.double(),
  zero: () => 0,
}

export const str: Type<string> = {
  minBytes: 2,
  write: (writer, tag, value) => writer.string(tag, value),
  read: (reader) => reader.string(),
  zero: () => '',
}

/** `vector<byte>`: read as a view of what is decoded. */
export const bytes: Type<Uint8Array> = {
  minBytes: 2,
  write: (writer, tag, value) => writer.bytes(tag, value),
  read: (reader) => reader.bytes(),
  zero: () => Buffer.alloc(0),
}

export function list<T>(element: Type<T>): Type<readonly T[]> {
  return {
    minBytes: 2,
    write(writer, tag, values) {
      writer.header(tag, wire.LIST)
      writer.int(0, values.length)
      for (const value of values) element.write(writer, 0, value)
    },
    read(reader) {
      reader.expect(wire.LIST)
      const size = reader.size(element.minBytes)
      const values: T[] = []
      for (let i = 0; i < size; i++) {
        reader.item()
        values.push(element.read(reader))
      }
      return values
    },
    zero: () => [],
  }
}

/** A map is its pairs in the order they came: keys may be structs, and nobody compares them. */
export function map<K, V>(key: Type<K>, value: Type<V>): Type<readonly (readonly [K, V])[]> {
  return {
    minBytes: 2,
    write(writer, tag, pairs) {
      writer.header(tag, wire.MAP)
      writer.int(0, pairs.length)
      for (const [k, v] of pairs) {
        key.write(writer, 0, k)
        value.write(writer, 1, v)
      }
    },
    read(reader) {
      reader.expect(wire.MAP)
      const size = reader.size(key.minBytes + value.minBytes)
      const pairs: [K, V][] = []
      for (let i = 0; i < size; i++) {
        reader.item()
        const k = key.read(reader)
        reader.item()
        pairs.push([k, value.read(reader)])
      }
      return pairs
    },
    zero: () => [],
  }
}

/** A field that must be there. */
export function req<T>(tag: number, type: Type<T>): Field<T> {
  return {
    tag,
    minBytes: type.minBytes,
    write: (writer, value) => type.write(writer, tag, value),
    read(reader, name) {
      if (reader.seek(tag)) return type.read(reader)
      throw reader.missing(`${name} (tag ${tag})`)
    },
    zero: () => type.zero(),
  }
}

/** A field that may be absent and then has `fallback`. It is always written. */
export function opt<T>(tag: number, type: Type<T>, fallback: T = type.zero()): Field<T> {
  return {
    tag,
    minBytes: 0,
    write: (writer, value) => type.write(writer, tag, value),
    read: (reader) => (reader.seek(tag) ? type.read(reader) : fallback),
    zero: () => fallback,
  }
}

/** A field whose absence matters: null, and then not written. */
export function nullable<T>(tag: number, type: Type<T>): Field<T | null> {
  return {
    tag,
    minBytes: 0,
    write(writer, value) {
      if (value !== null) type.write(writer, tag, value)
    },
    read: (reader) => (reader.seek(tag) ? type.read(reader) : null),
    zero: () => null,
  }
}

/** The fields of a struct, or the arguments of a function: in order of tags, without a frame. */
class FieldList<F extends Fields> {
  readonly #fields: readonly (readonly [string, Field<unknown>])[]
  readonly minBytes: number

  constructor(fields: F) {
    this.#fields = Object.entries(fields).sort(([, a], [, b]) => a.tag - b.tag)
    this.minBytes = this.#fields.reduce((sum, [, field]) => sum + field.minBytes, 0)
  }

  write(writer: Writer, values: Values<F>): void {
    for (const [name, field] of this.#fields) field.write(writer, values[name])
  }

  read(reader: Reader): Values<F> {
    const values: Record<string, unknown> = {}
    for (const [name, field] of this.#fields) values[name] = field.read(reader, name)
    return values as Values<F>
  }

  zero(): Values<F> {
    const values: Record<string, unknown> = {}
    for (const [name, field] of this.#fields) values[name] = field.zero()
    return values as Values<F>
  }
}

export interface Struct<T> extends Type<T> {
  /** The struct without its frame, as packets and bodies are. */
  readonly bare: Bare<T>
}

export interface Bare<T> {
  encode(value: T): Buffer
  /** @throws {DecodeError} */
  decode(buffer: Buffer): T
}

export function struct<F extends Fields>(fields: F): Struct<Values<F>> {
  const members = new FieldList(fields)
  return {
    minBytes: 2 + members.minBytes,
    write(writer, tag, value) {
      writer.header(tag, wire.STRUCT)
      members.write(writer, value)
      writer.header(0, wire.STRUCT_END)
    },
    read(reader) {
      reader.expect(wire.STRUCT)
      const value = members.read(reader)
      reader.endStruct()
      return value
    },
    zero: () => members.zero(),
    bare: bare(members),
  }
}

/** A function of an interface: arguments, and result with the return value as `ret` (tag 0). */
export interface Method<In, Out> {
  readonly request: Bare<In>
  readonly response: Bare<Out>
}

export function method<In extends Fields, Out extends Fields>(
  request: In,
  response: Out,
): Method<Values<In>, Values<Out>> {
  return { request: bare(new FieldList(request)), response: bare(new FieldList(response)) }
}

/** A TARS interface: its functions by name. */
export type Interface = Readonly<Record<string, Method<unknown, unknown>>>

function bare<F extends Fields>(members: FieldList<F>): Bare<Values<F>> {
  return {
    encode(value) {
      const writer = new Writer()
      members.write(writer, value)
      return writer.finish()
    },
    decode: (buffer) => members.read(new Reader(buffer)),
  }
}
