/** The file of a block while it is written: sections one after the other, then the table of them. */
import { type BlockTotals, encodeFoot, encodeMagic, encodeTable } from './block-head.ts'
import { PartFile } from './part-file.ts'
import { encodeSection, KIND, type SectionId, type SectionPlace, sectionId } from './section.ts'

export class SectionFile {
  readonly #file: PartFile
  readonly #sections: SectionPlace[] = []

  private constructor(file: PartFile) {
    this.#file = file
  }

  static async create(path: string): Promise<SectionFile> {
    const file = new SectionFile(await PartFile.create(path))
    await file.#file.append(encodeMagic())
    return file
  }

  async put(id: SectionId, content: Uint8Array): Promise<void> {
    await this.add(id, encodeSection(id, content))
  }

  /** `section`: encoded already. */
  async add(id: SectionId, section: Buffer): Promise<void> {
    this.#sections.push({ id, offset: this.#file.length, length: section.length })
    await this.#file.append(section)
  }

  /** Bytes of the whole file, which is there from now on. */
  async finish(totals: BlockTotals): Promise<number> {
    const offset = this.#file.length
    const table = encodeTable(totals, this.#sections)
    await this.#file.append(encodeSection(sectionId(KIND.table), table))
    await this.#file.append(encodeFoot(offset))
    await this.#file.finish()
    return this.#file.length
  }

  abandon(): Promise<void> {
    return this.#file.abandon()
  }
}
