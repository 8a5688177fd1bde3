/** In all; each answer counts as one more. */
const MOST_THINGS = 16_384

/** What was found, until something changes: rules ask for the same again and again, and what there is changes rarely. */
export class KeptAnswers<Question extends WeakKey, Thing> {
  #answers = new WeakMap<Question, readonly Thing[]>()
  #things = 0

  /** `question`: the same object each time. */
  of(question: Question, find: () => readonly Thing[]): readonly Thing[] {
    const known = this.#answers.get(question)
    if (known) return known
    const found = find()
    const things = found.length + 1
    if (things > MOST_THINGS) return found
    if (this.#things + things > MOST_THINGS) this.forget()
    this.#things += things
    this.#answers.set(question, found)
    return found
  }

  /** To be called when another answer may be right. */
  forget(): void {
    if (this.#things === 0) return
    this.#answers = new WeakMap()
    this.#things = 0
  }
}
